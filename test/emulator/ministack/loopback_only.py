"""The MQTT listener on the address that BIND_HOST gives: the emulator opens it on every address of the machine."""

import asyncio
import os

create_server = asyncio.BaseEventLoop.create_server


async def create_on_loopback(loop, protocol_factory, host=None, port=None, **more):
    address = os.environ["BIND_HOST"] if host == "0.0.0.0" else host
    return await create_server(loop, protocol_factory, host=address, port=port, **more)


def apply():
    asyncio.BaseEventLoop.create_server = create_on_loopback
