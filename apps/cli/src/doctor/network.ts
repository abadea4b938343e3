import { type Address, isError } from '@somakit/core';
import { shortChainId } from '@somakit/crypto';
import { MAX_PROTOCOL_VERSION } from '@somakit/protocol';
import type { Cli } from '../cli.js';
import { EXIT } from '../exit-codes.js';
import { somaText } from '../soma/format.js';
import { type NetworkOptions, type SomaSession, withSession } from '../soma/session.js';
import type { Wallet } from '../soma/wallet.js';
import { type Finding, look } from './finding.js';

const CALL_MS = 10_000;
/** A clock this far before the newest checkpoint cannot be right. */
const AHEAD_MS = 2_000;
/** A busy network makes a checkpoint far more often. */
const BEHIND_MS = 60_000;
const MANY_COINS = 50;

const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;

const clockFinding = (newest: bigint, quiet: boolean): Omit<Finding, 'check'> => {
  const skew = Date.now() - Number(newest);
  if (skew < -AHEAD_MS) {
    return {
      status: 'warn',
      message: `this clock is ${seconds(-skew)} behind the newest checkpoint`,
      hint: 'Set the clock of this machine; a local network whose clock was moved looks like this too.',
    };
  }
  // Only when somebody works is a checkpoint due.
  if (skew > BEHIND_MS && !quiet) {
    return {
      status: 'warn',
      message: `the newest checkpoint is ${seconds(skew)} old`,
      hint: 'The node lags, or the clock of this machine is fast.',
    };
  }
  return { status: 'ok', message: `the newest checkpoint is ${seconds(Math.max(0, skew))} old` };
};

const chainFinding = (
  { environment }: SomaSession,
  chainId: string,
  wallet: Wallet | undefined,
): Omit<Finding, 'check'> => {
  const cached = wallet?.environments.find(({ alias }) => alias === environment.alias)?.chainId;
  const short = shortChainId(chainId);
  if (cached === undefined || cached === short || cached === chainId) return { status: 'ok', message: chainId };
  return {
    status: 'warn',
    message: `${chainId}, but client.yaml knows ${environment.alias} as ${cached}`,
    hint: 'A local network was started anew, or this is another network: somakit env chain-id notes what it is now.',
  };
};

const protocolFinding = (version: bigint): Omit<Finding, 'check'> =>
  version <= MAX_PROTOCOL_VERSION
    ? { status: 'ok', message: `version ${version}` }
    : {
        status: 'warn',
        message: `version ${version}; this program knows up to ${MAX_PROTOCOL_VERSION}`,
        hint: 'npm install -g somakit@latest --ignore-scripts',
      };

const balanceFinding = async (
  session: SomaSession,
  address: Address,
  signal: AbortSignal,
): Promise<Omit<Finding, 'check'>> => {
  const { client } = session;
  const balance = await client.getBalance({ address, signal, timeoutMs: CALL_MS });
  if (balance === 0n) {
    return {
      status: 'warn',
      message: 'nothing: not even a fee can be paid',
      hint: 'somakit faucet, or localnet fund.',
    };
  }
  const coins = await client.listOwnedObjects({
    owner: address,
    objectType: 'Coin',
    limit: MANY_COINS + 1,
    signal,
    timeoutMs: CALL_MS,
  });
  if (coins.length <= MANY_COINS) return { status: 'ok', message: `${somaText(balance)} in ${coins.length} coins` };
  return {
    status: 'warn',
    message: `${somaText(balance)} in more than ${MANY_COINS} coins`,
    hint: 'somakit merge makes one of them.',
  };
};

/** Looks at the node, its chain, and the account on it. */
export const lookAtNetwork = async (
  cli: Cli,
  options: NetworkOptions,
  { wallet, address }: { readonly wallet: Wallet | undefined; readonly address: Address | undefined },
): Promise<readonly Finding[]> => {
  const { signal } = cli;
  const findings: Finding[] = [];
  const whole = await look('network', () =>
    withSession(cli, options, {}, async (session) => {
      const { client, environment } = session;
      const started = performance.now();
      const info = await client.rpc.getServiceInfo({ signal, timeoutMs: CALL_MS });
      const ms = Math.round(performance.now() - started);
      const local = /^(127\.|localhost|0\.0\.0\.0|\[::1\])/.test(new URL(environment.rpc).hostname);
      findings.push(
        {
          check: 'network',
          status: 'ok',
          message: `${environment.alias} ${environment.rpc}, ${info.server}, epoch ${info.epoch}, ${ms} ms`,
        },
        await look('chain', () => chainFinding(session, info.chainId, wallet)),
        await look('protocol', async () =>
          protocolFinding(await client.getProtocolVersion({ signal, timeoutMs: CALL_MS })),
        ),
        await look('clock', () => clockFinding(info.timestampMs, local)),
        address === undefined
          ? { check: 'balance', status: 'skip', message: 'there is no account' }
          : await look('balance', () => balanceFinding(session, address, signal)),
        await look('scoring', async () => {
          try {
            const ok = await client.scoringHealth({ signal, timeoutMs: CALL_MS });
            return ok
              ? { status: 'ok', message: client.scoring.url }
              : { status: 'warn', message: `${client.scoring.url} cannot score` };
          } catch (error) {
            if (!isError(error) || error.code === 'ABORTED') throw error;
            return {
              status: 'skip',
              message: 'no service answers',
              hint: 'Needed to score for targets: somakit scoring serve, or --scoring-url.',
            };
          }
        }),
      );
      return { status: 'ok', message: '' };
    }),
  );
  if (whole.status !== 'ok' && findings.length === 0) {
    findings.push({ ...whole, exitCode: whole.exitCode ?? EXIT.network });
  }
  return findings;
};
