"""
The official client as load on a localnet. Arguments: rpc, faucet and admin URL, clients, seconds, and `own` for a
SomaClient each: one of them sends its transactions one after another, however many are asked of it at once.
"""
import asyncio
import json
import sys
import time

from soma_sdk import Keypair, SomaClient

rpc, faucet, admin, clients, seconds = sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4]), float(sys.argv[5])
own = sys.argv[6:] == ["own"]


async def funded(client):
    keypair = Keypair.generate()
    await client.request_faucet(keypair.address())
    return keypair


async def pay(client, keypair, recipient, until, times):
    while time.perf_counter() < until:
        began = time.perf_counter()
        await client.transfer_coin(signer=keypair, recipient=recipient, amount=0.000001)
        times.append(time.perf_counter() - began)


async def main():
    client = await SomaClient(rpc, faucet_url=faucet, admin_url=admin)
    recipient = Keypair.generate().address()
    one = await funded(client)
    await pay(client, one, recipient, time.perf_counter() + 1, [])
    single = []
    await pay(client, one, recipient, time.perf_counter() + seconds / 2, single)
    single.sort()
    keypairs = [await funded(client) for _ in range(clients)]
    senders = [await SomaClient(rpc, faucet_url=faucet, admin_url=admin) if own else client for _ in keypairs]
    many = []
    began = time.perf_counter()
    until = began + seconds
    await asyncio.gather(*[pay(sender, each, recipient, until, many) for sender, each in zip(senders, keypairs)])
    elapsed = time.perf_counter() - began
    await asyncio.sleep(2)
    began = time.perf_counter()
    await client.advance_epoch()
    epoch = time.perf_counter() - began
    print(json.dumps({
        "transferMs": single[len(single) // 2] * 1000,
        "transfersPerSecond": len(many) / elapsed,
        "epochMs": epoch * 1000,
    }))


asyncio.run(main())
