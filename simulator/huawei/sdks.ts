import { writeEventTime } from '../../protocols/huawei-ota/event-time.ts'
import { resultCodes } from '../../protocols/huawei-ota/results.ts'

/** One progress report, with the fields that the device sends. A version of `''` is sent as such. */
export type Report = { resultCode: number; progress?: number; version?: string; description?: string }

/**
 * A step of a device in an upgrade: one message with these reports, or an action that shows in later ones. A
 * version that a restart installs changes while the device is off: after reconnecting it runs that version
 * from its first message on. A device that leaves does not come back.
 */
export type Step =
  | { send: readonly Report[] }
  | 'install'
  | 'installByRestart'
  | 'restart'
  | 'rollBackByRestart'
  | 'reportVersion'
  | 'leave'

/** An upgrade of the connected device, or of a child behind it. */
export type Upgrade = { from: string; to: string; isChild: boolean }

/**
 * `log`: an entry for the platform's log, at every connect. The others report at each start which SDK runs,
 * with the device's own versions (`info`), with none (`emptyInfo`) or with the SDK's own text
 * (`placeholder`), and nothing after a reconnect.
 */
export type Greeting = { says: 'log' } | { says: 'info' | 'emptyInfo' | 'placeholder'; sdk: string }

/**
 * How an SDK handles the link to a package. `checksSum`: whether it notices a wrong SHA-256, for the newer
 * kind of offers and the older one. `takes`: which answers count as the package, `any` or those with status
 * 2xx or 200. `sendsEmptyToken`: for an older offer without a token it sends the header anyway.
 * `keepsToHost`: it follows no redirect.
 */
type Fetches = {
  checksSum: { newer: boolean; older: boolean }
  takes: 'any' | '2xx' | '200'
  sendsEmptyToken?: true
  keepsToHost?: true
}

/**
 * How a device with an SDK reports an upgrade, and how it formats that. `failure` gets the code of the fault;
 * the SDK decides what to report.
 */
export type Sdk = {
  qos: 0 | 1
  fetches: Fetches
  success: (upgrade: Upgrade) => Step[]
  failure: (upgrade: Upgrade, code: number) => Step[]
  /** The fields of an event besides its type and parameters. `time` is epoch milliseconds. */
  eventFields: (time: number, isChild: boolean) => { event_time?: string | null; event_id?: string | null }
  /** Messages about the connected device do not contain its id. */
  leavesOutOwnId?: true
  /** The downloading program reports the success: before the restart, if it installs by one. */
  reportsBeforeRestart?: true
  /** Its unprompted message after connecting; absent: none. */
  greeting?: Greeting
  indent?: '\t'
}

const send = (...send: Report[]): Step => ({ send })
const shanghaiMs = 8 * 60 * 60 * 1000
const codes = { deviceInUse: 1, downloadTimedOut: 6, verificationFailed: 7, installFailed: 10 }

const compactTime = (time: number) => ({ event_time: writeEventTime(time) })

/** A download as the documented device reports it, with its present version. */
export const downloading = (version: string) =>
  [10, 50].map((progress) => ({
    send: [{ resultCode: 0, progress, version, description: 'downloading' }] as const,
  }))

/**
 * A device strictly by the vendor's page, and six of the vendor's SDKs with their samples. Commits read, all
 * of github.com/huaweicloud: huaweicloud-iot-device-sdk-java 241b170, -python dd0ee5c, -c 5280e8c, -go
 * 9716ab8, -csharp bc8b3d4, and LiteOS_Lab f261f6b.
 */
export const sdks = {
  documented: {
    qos: 1,
    fetches: { checksSum: { newer: true, older: true }, takes: '2xx' },
    success: ({ from, to }) => [
      ...downloading(from),
      send({ resultCode: 0, progress: 90, version: from, description: 'installing' }),
      'install',
      send({ resultCode: 0, progress: 100, version: to, description: 'upgrade success' }),
    ],
    failure: ({ from }, resultCode) => [
      ...downloading(from),
      send({ resultCode, progress: 50, version: from, description: `upgrade failed (${resultCode})` }),
    ],
    eventFields: compactTime,
  },
  java: {
    qos: 1,
    fetches: { checksSum: { newer: false, older: true }, takes: '2xx', sendsEmptyToken: true },
    success: ({ from, to }) => [
      send({ resultCode: 0, progress: 100, version: from }),
      'install',
      send({ resultCode: 0, progress: 100, version: to, description: 'upgrade success' }),
    ],
    failure: ({ from: version }, resultCode) => {
      const failed = send({ resultCode, progress: 0, version })
      const isAfterDownload = resultCode === codes.verificationFailed || resultCode === codes.installFailed
      return isAfterDownload ? [send({ resultCode: 0, progress: 100, version }), failed] : [failed]
    },
    eventFields: (time) => ({ ...compactTime(time), event_id: null }),
    greeting: { says: 'emptyInfo', sdk: 'JAVA_v1.2.1' },
  },
  python: {
    qos: 1,
    fetches: { checksSum: { newer: false, older: true }, takes: '200', sendsEmptyToken: true },
    success: ({ to, isChild }) => [
      'install',
      send({
        resultCode: 0,
        version: to,
        progress: 100,
        ...(!isChild && { description: 'upgrade success' }),
      }),
    ],
    // The sample logs the fault on the device and reports nothing.
    failure: () => [],
    eventFields: (time, isChild) => ({
      event_time: isChild ? '' : `${new Date(time + shanghaiMs).toISOString().slice(0, 19)}Z`,
      event_id: '',
    }),
    reportsBeforeRestart: true,
    greeting: { says: 'log' },
  },
  c: {
    qos: 1,
    fetches: { checksSum: { newer: true, older: true }, takes: '200', keepsToHost: true },
    success: ({ to }) => [
      send({ resultCode: 0, progress: 100, version: to, description: 'success' }),
      'install',
    ],
    failure: ({ to }) => [
      send({ resultCode: codes.deviceInUse, progress: 0, version: to, description: 'failed' }),
    ],
    eventFields: () => ({}),
    reportsBeforeRestart: true,
    // From its demo: the SDK has the message, the application sends it.
    greeting: { says: 'info', sdk: 'C_v1.2.1' },
    indent: '\t',
  },
  go: {
    qos: 0,
    // It ignores the status: an error's text is installed like a package.
    fetches: { checksSum: { newer: false, older: false }, takes: 'any' },
    success: ({ to }) => ['install', send({ resultCode: 0, progress: 100, version: to, description: '' })],
    failure: (_, code) => [
      send({
        resultCode: code === codes.downloadTimedOut ? codes.installFailed : code,
        progress: 0,
        version: '',
        description: 'upgrade failed',
      }),
    ],
    eventFields: compactTime,
    reportsBeforeRestart: true,
  },
  csharp: {
    qos: 1,
    fetches: { checksSum: { newer: true, older: true }, takes: '2xx', sendsEmptyToken: true },
    // Its gateway sample sends the minimum for a child.
    success: ({ to, isChild }) => [
      'install',
      send({
        resultCode: 0,
        ...(!isChild && { progress: 100, description: 'upgrade success' }),
        version: to,
      }),
    ],
    failure: ({ to }, code) => [
      code === codes.verificationFailed
        ? send({
            resultCode: resultCodes.alreadyLatest,
            progress: 0,
            description: 'sign verify failed',
            version: to,
          })
        : send({ resultCode: code, progress: 0, description: `upgrade failed (${code})`, version: to }),
    ],
    eventFields: (time, isChild) => ({
      event_time: isChild ? null : writeEventTime(time),
      event_id: null,
    }),
    // Not at a start within five days of the last, as long as its file with that date exists.
    greeting: { says: 'placeholder', sdk: 'C#_v1.3.4' },
  },
  liteos: {
    qos: 1,
    // Its download code was not read; this is a careful one.
    fetches: { checksSum: { newer: true, older: true }, takes: '200' },
    success: () => ['install', send({ progress: 100, resultCode: 0 })],
    failure: (_, resultCode) => [send({ resultCode })],
    eventFields: () => ({}),
    leavesOutOwnId: true,
  },
} as const satisfies Record<string, Sdk>

export type SdkName = keyof typeof sdks

/** The names of all SDKs. */
export const sdkNames = Object.keys(sdks) as SdkName[]

/** An SDK by its name. */
export const sdkOf = (name: SdkName = 'documented'): Sdk => sdks[name]
