"""The original client as load on a network, as children/sdk-load.mjs is it with ours. Arguments: mode, rpc, faucet."""
import asyncio
import json
import sys
import time

from soma_sdk import Keypair, SomaClient

mode, rpc, faucet = sys.argv[1:4]


async def in_turns(calls, lanes, call):
    left = calls

    async def lane():
        nonlocal left
        while left > 0:
            left -= 1
            await call()

    await asyncio.gather(*[lane() for _ in range(lanes)])


async def timed(calls, lanes, call):
    """Calls a second that succeeded, and milliseconds of the processor for each."""
    done = 0

    async def counted():
        nonlocal done
        # Where coins run out this client gives up, some of it with a panic, which is no Exception.
        try:
            await call()
            done += 1
        except BaseException as error:
            if isinstance(error, (KeyboardInterrupt, SystemExit, asyncio.CancelledError)):
                raise

    cpu = time.process_time()
    began = time.perf_counter()
    await in_turns(calls, lanes, counted)
    elapsed = time.perf_counter() - began
    return {"callsPerSecond": done / elapsed, "cpuMs": (time.process_time() - cpu) * 1000 / max(done, 1), "done": done}


async def main():
    client = await SomaClient(rpc, faucet_url=faucet)
    keypair = Keypair.generate()
    address = keypair.address()
    recipient = Keypair.generate().address()

    async def fund(coins):
        for _ in range(coins):
            await client.request_faucet(address)

    async def transfer():
        await client.transfer_coin(signer=keypair, recipient=recipient, amount=0.000001)

    async def reads(calls, lanes, call):
        await in_turns(calls // 4, lanes, call)
        return await timed(calls, lanes, call)

    if mode in ("writes", "writes-1"):
        await fund(100 if mode == "writes" else 1)
        await in_turns(20, 1, transfer)
        result = await timed(100, 100, transfer)
    elif mode == "writes-serial":
        await fund(1)
        await in_turns(20, 1, transfer)
        result = await timed(50, 1, transfer)
    elif mode == "balance-serial":
        await fund(1)
        result = await reads(400, 1, lambda: client.get_balance(address))
    elif mode == "balance":
        await fund(1)
        result = await reads(2000, 32, lambda: client.get_balance(address))
    elif mode == "object":
        await fund(1)
        object_id = (await client.list_owned_objects("0x" + address.removeprefix("0x")))[0].id
        result = await reads(2000, 32, lambda: client.get_object(object_id))
    else:
        result = await reads(400, 8, lambda: client.get_latest_system_state())
    print(json.dumps(result))


asyncio.run(main())
