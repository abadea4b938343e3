import { createSomaClient, formatSoma, isError, Keypair, parseSoma } from '@somakit/sdk';

// ?rpc=URL&faucet=URL, otherwise the network that `somakit localnet start` starts.
const given = new URLSearchParams(location.search);
const rpcUrl = given.get('rpc');
const place =
  rpcUrl === null ? { network: 'localnet' as const } : { rpcUrl, faucetUrl: given.get('faucet') ?? undefined };

// Gone with the page. A wallet extension would be a Signer of its own: { address, signTransaction(bytes) }.
const signer = Keypair.generate();
const client = createSomaClient({ ...place, signer });

const element = <T extends HTMLElement>(id: string): T => document.getElementById(id) as T;
const said = element('said');
element('address').textContent = signer.address;

/** Runs what a button asks for, then shows the balance; errors are sentences for people. */
const act = async (run: () => Promise<string>): Promise<void> => {
  said.textContent = '…';
  try {
    const text = await run();
    element('balance').textContent = formatSoma(await client.getBalance({ address: signer.address }));
    said.textContent = text;
  } catch (error) {
    if (!isError(error)) throw error;
    said.textContent = [error.message, error.hint].filter(Boolean).join(' ');
  }
};

element('fund').addEventListener('click', () =>
  act(async () => {
    await client.requestFaucet({ address: signer.address });
    return 'The faucet has paid.';
  }),
);

element<HTMLFormElement>('send').addEventListener('submit', (event) => {
  event.preventDefault();
  const form = new FormData(event.target as HTMLFormElement);
  void act(async () => {
    const amount = parseSoma(String(form.get('amount')));
    const { digest } = await client.transferCoin({ recipient: String(form.get('recipient')), amount });
    return `Sent: ${digest}`;
  });
});

element('list').addEventListener('click', () =>
  act(async () => {
    const targets = await client.getTargets({ status: 'open' });
    const lines = targets.map(({ id, rewardPool }) => {
      const line = document.createElement('li');
      line.textContent = `${id}: ${formatSoma(rewardPool)} SOMA`;
      return line;
    });
    element('targets').replaceChildren(...lines);
    return `${targets.length} open targets`;
  }),
);
