"""What MiniStack 1.5.33 lacks of AWS and the stacks need, supplied from outside.

Each adapter replaces functions of the emulator by name, so it does not start where a name is gone.
`lacking.ts` tells of each what it is for.
"""

import event_versions
import layer_programs
import loopback_only
import policy_variables
import pool_address
import rule_sql
import rule_templates
import service_transport
import signing_keys
import stack_buckets
import version_headers
import write_conditions

ALL = (
    event_versions,
    layer_programs,
    loopback_only,
    policy_variables,
    pool_address,
    rule_sql,
    rule_templates,
    service_transport,
    signing_keys,
    stack_buckets,
    version_headers,
    write_conditions,
)


def apply():
    for adapter in ALL:
        adapter.apply()
