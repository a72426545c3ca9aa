import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import type { TestContext } from 'node:test'

/**
 * Devices with the vendor's own SDKs, which are not among our packages (docs/first-contact.md):
 *
 * - `IOTDA_SDK_PYTHON`: a checkout of github.com/huaweicloud/huaweicloud-iot-device-sdk-python; `IOTDA_PYTHON`:
 *   an interpreter with what its `requirement/requirements.txt` wants, `python3` without.
 * - `IOTDA_SDK_JAVA`: a class path with `com.huaweicloud:iot-device-sdk-java` and `com.squareup.okhttp3:okhttp`.
 */
const { IOTDA_SDK_PYTHON: python, IOTDA_PYTHON: interpreter = 'python3', IOTDA_SDK_JAVA: java } = process.env

const programs = join(import.meta.dirname, '../scenarios/sdks')

type Program = { command: string; args: string[]; env: Record<string, string>; missing: string | false }

export const vendorSdks: Readonly<Record<'python' | 'java', Program>> = {
  python: {
    command: interpreter,
    args: [join(programs, 'device.py')],
    env: { PYTHONPATH: python ?? '' },
    missing: python === undefined && "IOTDA_SDK_PYTHON names no checkout of the vendor's SDK in Python",
  },
  java: {
    command: 'java',
    args: ['-cp', java ?? '', join(programs, 'Device.java')],
    env: {},
    missing: java === undefined && "IOTDA_SDK_JAVA names no class path with the vendor's SDK in Java",
  },
}

/** Runs a device until the test is over; resolves once it is connected. `said` is all that it has printed. */
export const startVendorDevice = async (
  t: Pick<TestContext, 'after'>,
  { command, args, env }: Program,
  { edgeUrl, deviceId }: { edgeUrl: string; deviceId: string },
): Promise<{ said: () => string }> => {
  const { hostname, port } = new URL(edgeUrl)
  const child = spawn(command, [...args, hostname, port, deviceId], { env: { ...process.env, ...env } })
  let said = ''
  const connected = Promise.withResolvers<void>()
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      said += text
      if (/^connected/m.test(said)) connected.resolve()
    })
  child.on('error', connected.reject)
  const ended = once(child, 'exit')
  ended.then(
    ([code]) => connected.reject(new Error(`The device ended with ${code}: ${said}`)),
    connected.reject,
  )
  t.after(async () => {
    child.kill('SIGKILL')
    await ended
  })
  await connected.promise
  return { said: () => said }
}
