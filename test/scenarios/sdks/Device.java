import com.huaweicloud.sdk.iot.device.IoTDevice;
import com.huaweicloud.sdk.iot.device.ota.OTAListener;
import com.huaweicloud.sdk.iot.device.ota.OTAPackage;
import com.huaweicloud.sdk.iot.device.ota.OTAPackageV2;
import com.huaweicloud.sdk.iot.device.ota.OTAQueryInfo;
import com.huaweicloud.sdk.iot.device.ota.OTAService;
import com.huaweicloud.sdk.iot.device.transport.ConnectListener;
import java.io.IOException;
import java.io.InputStream;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.Response;

/**
 * A device with the vendor's SDK in Java, for the story beside it: Device HOST PORT DEVICE_ID
 *
 * <p>What the SDK leaves to the application is what the vendor's sample does with an offer of the newer kind: no
 * header, no check of the sum, code 6 where the download fails.
 */
public class Device {
  public static void main(String[] args) throws Exception {
    String id = args[2];
    IoTDevice device = new IoTDevice("tcp://" + args[0] + ":" + args[1], id, "secret", null);
    device.getOtaService().setOtaListener(new Upgrades(device.getOtaService()));
    device.getClient().setConnectListener(new ConnectListener() {
      @Override
      public void connectionLost(Throwable cause) {
        say("lost", cause);
      }

      @Override
      public void connectComplete(boolean reconnect, String uri) {
        // IoTDA subscribes its devices by itself; other brokers do not.
        device.getClient().subscribeTopic("$oc/devices/" + id + "/sys/events/down", null, 1);
        say("connected");
      }
    });
    if (device.init() != 0) System.exit(1);
    Thread.currentThread().join();
  }

  static void say(Object... words) {
    StringBuilder line = new StringBuilder();
    for (Object word : words) line.append(word).append(' ');
    System.out.println(line);
  }

  static class Upgrades implements OTAListener {
    private final OTAService ota;
    private String version = "v1.0.0";

    Upgrades(OTAService ota) {
      this.ota = ota;
    }

    @Override
    public void onQueryVersion(OTAQueryInfo query) {
      say("asked");
      ota.reportVersion(version);
    }

    @Override
    public void onNewPackage(OTAPackage offer) {
      say("offered the older way");
    }

    @Override
    public void onNewPackageV2(OTAPackageV2 offer) {
      say("offered", offer.getVersion());
      Request request = new Request.Builder().url(offer.getUrl()).build();
      try (Response response = new OkHttpClient().newCall(request).execute()) {
        say("answered", response.code(), response.body().contentLength());
        if (!response.isSuccessful()) {
          ota.reportOtaStatus(OTAService.OTA_CODE_DOWNLOAD_TIMEOUT, 0, version, "download response fail");
          return;
        }
        long size = 0;
        byte[] piece = new byte[10240];
        InputStream body = response.body().byteStream();
        for (int length = body.read(piece); length != -1; length = body.read(piece)) size += length;
        ota.reportOtaStatus(OTAService.OTA_CODE_SUCCESS, 100, version, null);
        version = offer.getVersion();
        ota.reportOtaStatus(OTAService.OTA_CODE_SUCCESS, 100, version, "upgrade success");
        say("installed", version, size);
      } catch (IOException error) {
        say("failed", error);
        ota.reportOtaStatus(OTAService.OTA_CODE_DOWNLOAD_TIMEOUT, 0, version, error.getMessage());
      }
    }
  }
}
