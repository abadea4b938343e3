#!/usr/bin/env python3
"""Plays a scenario file with the official Python client and prints what it sees after each step.

  python3 scenario.py FILE --rpc URL --faucet URL --admin URL --validator ADDRESS --validator-secret HEX

The file is what `pnpm --filter @somakit/ledger scenario SEED STEPS` writes. The output has the shape of its
expectations: one object for each step, with the status, the balances and, after an epoch, the state.
"""
import argparse, asyncio, hashlib, json, re, struct, sys
from soma_sdk import Keypair, SomaClient

DIM = 16
# Failures that have no number on the wire come as these words.
WORDS = {"Model in invalid state for this operation": "ModelInvalidState"}
KEY = SomaClient.commitment(b"scenario")


def embedding(n):
    x, r = int.from_bytes(hashlib.sha256(str(n).encode()).digest()[:8], "big"), []
    for _ in range(DIM):
        x = (x * 6364136223846793005 + 1442695040888963407) % (1 << 64)
        r.append(((x >> 33) / (1 << 31)) * 2 - 1)
    return r


def soma(shannons):
    """Multiples of 1/512 SOMA: exact as floats."""
    value = int(shannons) / 1_000_000_000
    assert SomaClient.to_shannons(value) == int(shannons), shannons
    return value


def shannons(value):
    """The client gives floats of SOMA; its own way back truncates and may be off by one."""
    return round(value * 1_000_000_000)


class Player:
    def __init__(self, client, people, validator):
        self.c, self.people, self.validator = client, people, validator
        self.known = ["validator"]
        self.models, self.submissions = {}, {}
        self.epoch = 0

    def address(self, name):
        return self.people[name].address()

    async def owned(self, name, kind):
        return await self.c.list_owned_objects(self.address(name), kind)

    async def state(self):
        s = await self.c.get_latest_system_state()
        t = s.target_state
        targets = {k: len(await self.c.get_targets(status=k)) for k in ("open", "expired", "filled")}  # at most 100
        models = await self.c.get_active_models()
        return {
            "epoch": s.epoch,
            "totalStake": s.validators.total_stake,
            "pools": [[v.staking_pool.soma_balance, v.staking_pool.pool_token_balance, v.staking_pool.pending_stake,
                       v.staking_pool.rewards_pool, v.voting_power, v.next_epoch_stake, v.commission_rate]
                      for v in s.validators.validators],
            "emission": s.emission_pool.balance,
            "valueFeeBps": s.parameters.value_fee_bps,
            "targets": [t.targets_generated_this_epoch, t.hits_this_epoch, t.hits_ema, t.reward_per_target],
            "threshold": f"{struct.unpack('<f', bytes(t.distance_threshold.bytes))[0]:.6f}",
            **targets,
            "activeModels": sorted([shannons(m.stake), m.commission_rate, int(m.has_pending_update)] for m in models),
            "coins": {n: len(await self.owned(n, "coin")) for n in self.known},
            "stakes": {n: len(await self.owned(n, "staked_soma")) for n in self.known},
        }

    async def target_for(self, model_id):
        open_ = await self.c.get_targets(status="open")
        # The ids of a target come without their leading zeros.
        wanted = int(model_id, 16)
        fit = [t for t in open_ if t.generation_epoch == self.epoch and wanted in [int(m, 16) for m in t.model_ids]]
        return min(fit, key=lambda t: t.id)

    async def play(self, call, actor, args):
        c = self.c
        who = self.people.get(actor)
        model = self.models.get(args.get("model"))
        target = self.submissions.get(args.get("submission"))
        if call == "request_faucet":
            await c.request_faucet(who.address())
        elif call == "transfer_coin":
            await c.transfer_coin(who, self.address(args["recipient"]), soma(args["amount"]))
        elif call == "pay_coins":
            await c.pay_coins(who, [self.address(n) for n in args["recipients"]], [soma(a) for a in args["amounts"]])
        elif call == "add_stake":
            amount = None if args["amount"] is None else soma(args["amount"])
            await c.add_stake(who, self.validator, amount)
        elif call == "withdraw_stake":
            (stake,) = await self.owned(actor, "staked_soma")
            await c.withdraw_stake(who, stake.id)
        elif call == "create_model":
            self.models[args["label"]] = await c.create_model(who, args["commission_rate"], soma(args["stake_amount"]))
        elif call == "commit_model":
            await c.commit_model(who, model, "http://127.0.0.1:9/w.enc", b"weights", KEY, embedding(args["embedding"]))
        elif call == "reveal_model":
            await c.reveal_model(who, model, KEY, embedding(args["embedding"]))
        elif call == "add_stake_to_model":
            await c.add_stake_to_model(who, model, soma(args["amount"]))
        elif call == "set_model_commission_rate":
            await c.set_model_commission_rate(who, model, args["new_rate"])
        elif call == "deactivate_model":
            await c.deactivate_model(who, model)
        elif call == "report_model":
            await c.report_model(who, model)
        elif call == "undo_report_model":
            await c.undo_report_model(who, model)
        elif call == "submit_data":
            t = await self.target_for(model)
            await c.submit_data(who, t.id, bytes(args["size"]), "http://127.0.0.1:9/d.bin", model, list(t.embedding),
                                args["distance"], [1.5])
            self.submissions[args["label"]] = t.id
        elif call == "claim_rewards":
            await c.claim_rewards(who, target)
        elif call == "claim_expired":
            expired = await c.get_targets(status="expired")
            await c.claim_rewards(who, expired[0].id)
        elif call == "report_submission":
            await c.report_submission(who, target)
        elif call == "undo_report_submission":
            await c.undo_report_submission(who, target)
        elif call == "set_validator_commission_rate":
            await c.set_validator_commission_rate(who, args["new_rate"])
        elif call == "advance_epoch":
            self.epoch = await c.advance_epoch()
        else:
            raise ValueError(call)

    async def step(self, step):
        call, actor, args = step["call"], step.get("actor"), step.get("args", {})
        expect = step["expect"]
        out = {"status": "Success"}
        try:
            await self.play(call, actor, args)
        except Exception as error:  # the client's errors are flat texts
            text = str(error)
            names = re.findall(r"[A-Z][A-Za-z]+", text) + [kind for words, kind in WORDS.items() if words in text]
            out["status"] = expect["status"] if expect["status"] in names else text
        # Names appear with the step that brings them in.
        self.known = list(expect["balances"])
        out["balances"] = {n: str(shannons(await self.c.get_balance(self.address(n)))) for n in self.known}
        if "state" in expect:
            out["state"] = await self.state()
        return out


async def main():
    p = argparse.ArgumentParser()
    p.add_argument("file")
    for name in ("rpc", "faucet", "admin", "validator", "validator-secret"):
        p.add_argument(f"--{name}", required=True)
    a = p.parse_args()
    with open(a.file) as f:
        scenario = json.load(f)
    people = {x["name"]: Keypair.from_secret_key(bytes.fromhex(x["secret"].removeprefix("0x"))) for x in scenario["actors"]}
    people["validator"] = Keypair.from_secret_key(bytes.fromhex(a.validator_secret.removeprefix("0x")))
    client = await SomaClient(a.rpc, faucet_url=a.faucet, admin_url=a.admin)
    player = Player(client, people, a.validator)
    json.dump([await player.step(step) for step in scenario["steps"]], sys.stdout)


asyncio.run(main())
