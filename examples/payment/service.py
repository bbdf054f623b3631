"""Tills in one process, reached over FOLDER/socket: a request and its answer are a line of JSON each."""

import argparse
import asyncio
import base64
import json
import os
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from pathlib import Path

import numpy as np
from cashier import Cashier
from sale import Sale, Showing

import morgiana as mg
from morgiana.payment import Phones, Refused, SqliteLedger

ISSUER = "tills"
NUM_THREADS = 16  # they wait for the disk


def open_cashier(folder: Path, stated: mg.PolicyFile) -> Cashier:
    """What was made before; nothing that is missing is made anew, as that would forget what was used."""
    gallery = mg.Gallery.open(folder / "customers.morgiana", key=mg.KeySource.file(folder / "customers.key"))
    signer = mg.ReceiptSigner(gallery, issuer=ISSUER, terminal="service")
    verifier = mg.ReceiptVerifier({ISSUER: signer.public_key}, relying_party=stated.name)
    nonces = mg.NonceStore.open(folder / "nonces")
    ledger = SqliteLedger(folder / "ledger.sqlite", verifier, nonces, stated.policy.rules.day_limits)
    log = mg.ReceiptLog.open(folder / "receipts.log", signer)
    known = None if stated.policy.risk is None else mg.Calibration.load(folder / "calibration.json")
    return Cashier(gallery, stated, Phones(folder / "phones.sqlite"), log, ledger, stated.name, known)


def answer(cashier: Cashier, line: bytes) -> dict[str, object]:
    """Only "booked" and "cancelled" end a sale."""
    try:
        asked = json.loads(line)
        amount = mg.Amount(asked["minor_units"], asked["currency"])
        sale = Sale(asked["terminal"], asked["nonce"], amount, asked["begun_at_s"])
        if asked["verb"] == "cancel":
            booking = cashier.cancel(sale)
        elif asked["verb"] == "pay":
            embedding = np.frombuffer(base64.b64decode(asked["embedding"], validate=True), np.float32)
            showing = Showing(embedding, asked["captured_at_s"], asked["attempt"], asked["digits"])
            booking = cashier.pay(sale, showing)
        else:
            return {"failed": "bad_request"}
    except Refused as error:
        return {"refused": error.reason, "outcome": error.outcome}
    except mg.Error as error:
        return {"failed": error.code}
    except (AttributeError, KeyError, RecursionError, TypeError, ValueError):  # they may quote a template
        return {"failed": "bad_request"}
    if booking is None:
        return {"cancelled": sale.nonce}
    return {"booked": sale.nonce, "minor_units": booking.amount.minor_units}


async def serve(folder: Path, stated: mg.PolicyFile) -> None:
    cashier, threads = open_cashier(folder, stated), ThreadPoolExecutor(NUM_THREADS)

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with closing(writer), suppress(ConnectionError):  # the terminal asks again
            while line := await reader.readline():
                said = await asyncio.get_running_loop().run_in_executor(threads, answer, cashier, line)
                writer.write(json.dumps(said).encode() + b"\n")
                await writer.drain()

    (folder / "socket").unlink(missing_ok=True)  # of a process that was killed
    async with await asyncio.start_unix_server(talk, folder / "socket", backlog=4096) as server:
        print(f"listening on {folder / 'socket'}", flush=True)
        await server.serve_forever()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="of the files that the operator made")
    parser.add_argument("policy", type=Path, help="cafeteria.json, vending.json or one of your own")
    options = parser.parse_args()
    os.umask(0o077)  # who reaches the socket is a terminal
    try:
        asyncio.run(serve(options.folder, mg.PolicyFile.load(options.policy)))
    except KeyboardInterrupt:
        print("stopped; every sale that a terminal was told of is in the ledger")
    except (mg.Error, OSError) as error:
        parser.exit(1, f"service.py: {error}; nobody pays\n")
