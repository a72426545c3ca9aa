"""A device with the vendor's SDK in Python, for the story beside it: device.py HOST PORT DEVICE_ID

What the SDK leaves to the application is what the vendor's sample does with an offer of the newer kind: no header, no
check of the sum, no report of a failure. Unlike the sample it remembers what it has installed.
"""

import sys
import time

import requests

from iot_device_sdk_python.client.client_conf import ClientConf
from iot_device_sdk_python.client.connect_auth_info import ConnectAuthInfo
from iot_device_sdk_python.iot_device import IotDevice
from iot_device_sdk_python.ota.ota_listener import OTAListener
from iot_device_sdk_python.transport.connect_listener import ConnectListener

host, port, device_id = sys.argv[1:]


class Upgrades(OTAListener):
    def __init__(self, ota):
        self.ota = ota
        self.version = "v1.0.0"

    def on_query_version(self, query):
        print("asked", query.to_dict(), flush=True)
        self.ota.report_version(self.version, self.version)

    def on_receive_package_info(self, package):
        print("offered", package.version, type(package).__name__, flush=True)
        response = requests.get(package.url, verify=False, stream=True, timeout=60)
        print("answered", response.status_code, response.headers.get("content-length"), flush=True)
        if response.status_code != 200:
            return
        size = sum(len(piece) for piece in response.iter_content(1024))
        if size != int(response.headers["content-length"]):
            return
        self.version = package.version
        self.ota.report_ota_status(self.ota.OTA_CODE_SUCCESS, package.version, 100, "upgrade success")
        print("installed", package.version, size, flush=True)


class Subscribing(ConnectListener):
    """IoTDA subscribes its devices by itself; other brokers do not."""

    def __init__(self, device):
        self.device = device

    def connect_complete(self, reconnect, server_uri):
        topic = f"$oc/devices/{device_id}/sys/events/down"
        self.device.get_client()._get_connection().subscribe_topic(topic, 1)
        print("connected", flush=True)

    def connection_lost(self, cause):
        print("lost", cause, flush=True)


account = ConnectAuthInfo()
account.server_uri, account.port, account.id, account.secret = host, 1883, device_id, "secret"
account.bs_mode = ConnectAuthInfo.BS_MODE_DIRECT_CONNECT
device = IotDevice(ClientConf(account))
# The SDK takes 1883 and 8883 alone, and looks only when it is made.
account.port = int(port)
ota = device.get_ota_service()
ota.set_ota_listener(Upgrades(ota))
device.get_client().add_connect_listener(Subscribing(device))
if device.connect() != 0:
    sys.exit("could not connect")
while True:
    time.sleep(60)
