"""The official SOMA client against a scoring service: one JSON request a line, one JSON answer a line.

Bytes travel as hex. An exception of the client is an answer, not a crash.
"""
import asyncio
import json
import sys

from soma_sdk import SomaClient

clients = {}


async def client(url):
    if url not in clients:
        # Only the scoring service is asked; the other URL is not used, but must parse.
        clients[url] = await SomaClient(url, scoring_url=url)
    return clients[url]


async def health(url):
    return await (await client(url)).scoring_health()


async def score(url, data_url, models, target, options):
    if "data" in options:
        options["data"] = bytes.fromhex(options["data"])
    for model in models:
        if "encrypted_weights" in model:
            model["encrypted_weights"] = bytes.fromhex(model["encrypted_weights"])
    result = await (await client(url)).score(data_url, models, target, **options)
    return {
        "winner": result.winner,
        "loss_score": list(result.loss_score),
        "embedding": list(result.embedding),
        "distance": list(result.distance),
    }


METHODS = {"health": health, "score": score}


async def main():
    loop = asyncio.get_running_loop()
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        request = json.loads(line)
        try:
            answer = {"ok": await METHODS[request["method"]](*request["args"])}
        except Exception as error:  # the client's refusals are results of a test
            answer = {"error": type(error).__name__, "message": str(error)}
        print(json.dumps(answer), flush=True)


asyncio.run(main())
