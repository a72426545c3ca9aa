"""Starts MiniStack with our adapters, on loopback, at the ports that the environment gives.

Its own command also takes port 443 where it may, and other things of the machine; this one takes what it was given.
"""

import asyncio
import os

from hypercorn.asyncio import serve
from hypercorn.config import Config

import adapters
from ministack.app import app
from ministack.core import tls


adapters.apply()

config = Config()
config.bind = [f"{os.environ['BIND_HOST']}:{os.environ['GATEWAY_PORT']}"]
config.certfile, config.keyfile = tls.resolve_tls_material()
config.keep_alive_timeout = 75
config.loglevel = "WARNING"
asyncio.run(serve(app, config))
