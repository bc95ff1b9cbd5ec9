"""How Schemathesis sends the bodies that are streamed as they are."""

import schemathesis


@schemathesis.serializer("application/zip", "application/octet-stream")
def raw(_context, value):
    data = getattr(value, "data", value)
    return data.encode() if isinstance(data, str) else bytes(data)
