// A network in a process of its own. Prints one JSON line when it is ready, serves until its input ends.
const start = performance.now();
const { startLocalnet } = await import('@somakit/localnet');
const network = await startLocalnet({ ports: 'free', smallModel: true });
const readyMs = performance.now() - start;
const { rpcUrl, faucetUrl, adminUrl, scoringUrl } = network;
process.stdout.write(`${JSON.stringify({ readyMs, rpcUrl, faucetUrl, adminUrl, scoringUrl })}\n`);
process.stdin.resume();
process.stdin.on('end', async () => {
  await network.stop();
  process.exit(0);
});
