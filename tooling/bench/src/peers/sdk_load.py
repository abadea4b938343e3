"""The original client as load on a network, as children/sdk-load.mjs is it with ours. Arguments: mode, rpc, faucet."""
import asyncio
import json
import os
import sys
import time

from soma_sdk import Keypair, SomaClient

mode, rpc, faucet = sys.argv[1:4]
# Its own pauses between attempts are 1, 2, 4, 8 and 8 seconds.
LIMIT_S = 5


async def in_turns(calls, lanes, call):
    left = calls

    async def lane():
        nonlocal left
        while left > 0:
            left -= 1
            await call()

    await asyncio.gather(*[lane() for _ in range(lanes)])


def gave_up(error):
    # Where coins run out this client gives up, some of it with a panic, which is no Exception.
    return not isinstance(error, (KeyboardInterrupt, SystemExit, asyncio.CancelledError))


async def timed(calls, lanes, call):
    """Calls a second that succeeded, and milliseconds of the processor for each."""
    done = 0

    async def counted():
        nonlocal done
        try:
            await call()
            done += 1
        except BaseException as error:
            if not gave_up(error):
                raise

    cpu = time.process_time()
    began = time.perf_counter()
    await in_turns(calls, lanes, counted)
    elapsed = time.perf_counter() - began
    return {"callsPerSecond": done / elapsed, "cpuMs": (time.process_time() - cpu) * 1000 / max(done, 1), "done": done}


async def at_once(count, call, limit):
    """
    What a user of this client must do to get many transfers through at once: send them, and send the refused ones
    again. It takes one and the same coin for all of them, so that few land; after `limit` seconds that is that.
    """
    left = list(range(count))
    began = time.perf_counter()

    async def one(index):
        try:
            await call(index)
            left.remove(index)
        except BaseException as error:
            if not gave_up(error):
                raise

    while left and (rest := limit - (time.perf_counter() - began)) > 0:
        tasks = [asyncio.ensure_future(one(index)) for index in left]
        _, pending = await asyncio.wait(tasks, timeout=rest)
        for task in pending:
            task.cancel()
    return time.perf_counter() - began


async def main():
    client = await SomaClient(rpc, faucet_url=faucet)
    keypair = Keypair.generate()
    address = keypair.address()
    recipient = Keypair.generate().address()

    async def fund(coins):
        for _ in range(coins):
            await client.request_faucet(address)

    sent = 0

    async def pay(to, index):
        # Each pays another amount: two of the same would be one transaction to the chain.
        await client.transfer_coin(signer=keypair, recipient=to, amount=(1_000 + index) / 1e9)

    async def transfer():
        nonlocal sent
        sent += 1
        await pay(recipient, sent)

    async def landed(to):
        """How many transfers the ledger has for an account that got nothing else: each is a coin of its own."""
        return len(await client.list_owned_objects("0x" + to.removeprefix("0x")))

    async def better_of(count):
        """Transfers a second that landed, in the better of the two ways that there are."""
        to = Keypair.generate().address()
        elapsed = await at_once(count, lambda index: pay(to, index), LIMIT_S)
        there = await landed(to)
        in_parallel = there / elapsed
        # With a client of its own: what was cancelled above may still hold the lock of the other one.
        nonlocal client
        client = await SomaClient(rpc, faucet_url=faucet)
        await in_turns(20, 1, transfer)
        before = await landed(recipient)
        began = time.perf_counter()
        await in_turns(count, 1, transfer)
        elapsed = time.perf_counter() - began
        in_turn = (await landed(recipient) - before) / elapsed
        note = f"all at once {there} of {count} landed, {in_parallel:.1f}/s; one after another {in_turn:.0f}/s"
        print(f" [Python: {note}]", end="", file=sys.stderr)
        return {"callsPerSecond": max(in_parallel, in_turn), "atOnce": in_parallel, "inTurn": in_turn}

    async def reads(calls, lanes, call):
        await in_turns(calls // 4, lanes, call)
        return await timed(calls, lanes, call)

    if mode in ("writes", "writes-1"):
        await fund(100 if mode == "writes" else 1)
        await in_turns(20, 1, transfer)
        result = await better_of(100)
    elif mode == "writes-serial":
        await fund(1)
        await in_turns(100, 1, transfer)
        result = await timed(100, 1, transfer)
    elif mode in ("balance-serial", "floor"):
        await fund(1)
        result = await reads(2000, 1, lambda: client.get_balance(address))
    elif mode == "balance":
        await fund(1)
        result = await reads(2000, 32, lambda: client.get_balance(address))
    elif mode == "object":
        await fund(1)
        object_id = (await client.list_owned_objects("0x" + address.removeprefix("0x")))[0].id
        result = await reads(2000, 32, lambda: client.get_object(object_id))
    else:
        result = await reads(400, 8, lambda: client.get_latest_system_state())
    print(json.dumps(result), flush=True)
    # Calls that were given up keep threads of this client alive.
    os._exit(0)


asyncio.run(main())
