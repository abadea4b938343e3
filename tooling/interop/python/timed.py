#!/usr/bin/env python3
"""What the official client sees of epochs that end by time, as a trace.

Takes the normalisation and the observations of trace.py. Epochs end while nobody asks for it; every step waits with the
client's own wait_for_next_epoch. Nothing here depends on how long a step takes, as long as it fits into an epoch.
  python3 timed.py --rpc URL --faucet URL --admin URL > trace.json
"""
import argparse
import asyncio
import json
import sys

from soma_sdk import SomaClient

from trace import Run, emb, kp


async def timed(c):
    actors = {name: kp(f"timed-{name}") for name in ("alice", "modeler")}
    run = Run(c, actors)
    alice, modeler = actors["alice"], actors["modeler"]
    state = await c.get_latest_system_state()
    duration = state.parameters.epoch_duration_ms
    run.out.append({
        "next": await c.get_next_epoch_timestamp() - state.epoch_start_timestamp_ms == duration,
        "following": await c.get_following_epoch_timestamp() - state.epoch_start_timestamp_ms == 2 * duration,
    })

    async def next_epoch(name, **observed):
        # A whole epoch lies before each step, whatever came before it.
        before = (await c.get_latest_system_state()).epoch
        await run.step(name, lambda: c.wait_for_next_epoch(timeout=60.0), want=lambda v: v == before + 1, **observed)

    await next_epoch("begin")
    for name, key in actors.items():
        await run.step(f"faucet {name}", lambda: c.request_faucet(key.address()))
    validator = str(state.validators.validators[0].metadata.soma_address)
    await run.step("stake", lambda: c.add_stake(signer=alice, validator=validator, amount=0.5))
    created = await run.step("create", lambda: c.create_model(signer=modeler, commission_rate=500), want=len)
    weights, key = SomaClient.encrypt_weights(bytes(range(256)), bytes(32))
    embedding = emb("timed", await c.get_embedding_dim())
    model = dict(signer=modeler, model_id=created, decryption_key=key, embedding=embedding)
    await run.step("commit", lambda: c.commit_model(weights_url="http://127.0.0.1:9/w", encrypted_weights=weights, **model))
    await next_epoch("after the commit")
    await run.step("reveal", lambda: c.reveal_model(**model))
    await next_epoch("after the reveal")
    run.out.append({"active": len(await c.get_active_models()), "open": len(await c.get_targets(status="open")) > 0})
    await next_epoch("one more")

    # Every epoch was paid in full: it ended by time, not by the admin's hand.
    end = await c.get_latest_system_state()
    paid = state.emission_pool.balance - end.emission_pool.balance
    run.out.append({
        "paid": paid > 0,
        "whole epochs": end.epoch_start_timestamp_ms - state.epoch_start_timestamp_ms >= (end.epoch - state.epoch) * duration,
        "safe mode": end.safe_mode,
    })
    asked = end.epoch
    reached = await c.advance_epoch()
    run.out.append({"by hand too": reached > asked})
    return run.out


async def main():
    parser = argparse.ArgumentParser()
    for name in ("rpc", "faucet", "admin"):
        parser.add_argument(f"--{name}", required=True)
    urls = parser.parse_args()
    client = await SomaClient(urls.rpc, faucet_url=urls.faucet, admin_url=urls.admin)
    json.dump(await timed(client), sys.stdout, indent=1)


if __name__ == "__main__":
    asyncio.run(main())
