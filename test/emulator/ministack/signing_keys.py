"""The keys of a user pool's tokens over TLS, where the gateway speaks nothing else.

The emulator's authorizer asks its own gateway for them, over plain HTTP.
"""

from ministack.services import apigateway

resolve = apigateway._resolve_jwks_url


async def resolve_over_tls(authorizer):
    address = await resolve(authorizer)
    own = f"http://{apigateway._HOST}:{apigateway._PORT}/"
    return f"https://{address[len('http://'):]}" if address and address.startswith(own) else address


def apply():
    apigateway._resolve_jwks_url = resolve_over_tls
