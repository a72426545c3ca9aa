"""In a Python function: what AWS's own Linux has at fixed places is found where this machine has it.

Python imports this by its name at each start. The CDK's function that fills the console's bucket runs `/opt/awscli/aws`,
of a layer, and trusts the certificates of a file of Amazon Linux.
https://docs.aws.amazon.com/lambda/latest/dg/packaging-layers.html
"""

import os
import subprocess
import sys

if not os.path.exists(os.environ.get("AWS_CA_BUNDLE", "")):
    os.environ["AWS_CA_BUNDLE"] = os.environ["SSL_CERT_FILE"]

start = subprocess.Popen.__init__


def start_from_layer(self, args, *more, **named):
    program = args[0] if isinstance(args, list) else ""
    layers = os.environ.get("_LAMBDA_LAYERS_DIRS", "").split(os.pathsep)
    if program.startswith("/opt/") and not os.path.exists(program):
        found = [path for layer in layers if os.path.exists(path := os.path.join(layer, program[len("/opt/") :]))]
        if found:
            # Its first line names an interpreter that only AWS has.
            args = [sys.executable, *found[:1], *args[1:]]
            # MiniStack takes a function's answer from its output, and gives up after 200 lines of something else.
            named.setdefault("stdout", sys.__stderr__)
    start(self, args, *more, **named)


subprocess.Popen.__init__ = start_from_layer
