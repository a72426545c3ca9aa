"""Uses the generated client as a program would: argv is the API's address, a token, and a dock's serial number."""

import sys

from generated import AuthenticatedClient
from generated.api.docks import list_docks
from generated.api.logs import start_upload
from generated.models import GatewayAnswer, Problem, Upload, UploadInput
from generated.models import UploadInputSelectionsItemType0 as ByBoot
from generated.models import UploadInputSelectionsItemType0Module as Module

url, token, dock = sys.argv[1:4]
client = AuthenticatedClient(base_url=url, token=token)
stranger = AuthenticatedClient(base_url=url, token="none")


def upload(*boots):
    selection = ByBoot(module=Module.DOCK, boot_indexes=list(boots))
    return UploadInput(selections=[selection])


def said(answer, status, kind):
    assert answer.status_code == status, answer
    assert isinstance(answer.parsed, kind), answer
    return answer.parsed


assert [one.dock_sn for one in list_docks.sync(client=client).items] == [dock]
said(list_docks.sync_detailed(client=stranger), 401, GatewayAnswer)
problem = said(start_upload.sync_detailed(dock, client=client, body=upload()), 422, Problem)
assert problem.errors[0].path == "selections[0].bootIndexes", problem
begun = said(start_upload.sync_detailed(dock, client=client, body=upload(1)), 202, Upload)
busy = said(start_upload.sync_detailed(dock, client=client, body=upload(1)), 409, Problem)
assert begun.id in busy.href, busy
print("done")
