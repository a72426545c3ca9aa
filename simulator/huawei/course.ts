import { resultCodes } from '../../protocols/huawei-ota/results.ts'
import type { Script } from './script.ts'
import { downloading, type Report, type Step, sdkOf, type Upgrade } from './sdks.ts'

const reportsOf = (step: Step): readonly Report[] => (typeof step === 'object' ? step.send : [])

const saysDownloading = (step: Step): boolean =>
  reportsOf(step).some(({ resultCode, progress = 100 }) => resultCode === 0 && progress < 90)

/** The device's report if it already runs the version. */
const alreadyThere = ({ from }: Upgrade): Step[] => [
  {
    send: [
      {
        resultCode: resultCodes.alreadyLatest,
        progress: 0,
        version: from,
        description: 'already the latest version',
      },
    ],
  },
]

/** The restart is the installation, or comes halfway if there is none. */
const withRestart = (steps: readonly Step[], reportsFirst: boolean): Step[] => {
  const installs = steps.indexOf('install')
  if (installs === -1) return steps.toSpliced(Math.floor(steps.length / 2), 0, 'restart')
  return reportsFirst
    ? [...steps.toSpliced(installs, 1), 'installByRestart']
    : steps.with(installs, 'installByRestart')
}

const inOneMessage = (steps: readonly Step[]): Step[] => {
  const send = steps.flatMap(reportsOf)
  const doings = steps.filter((step) => typeof step === 'string')
  return send.length === 0 ? doings : [...doings, { send }]
}

/** Whether a device with this script reports during a download. */
export const reportsDownload = ({ sdk, downloads }: Script): boolean =>
  downloads || sdkOf(sdk).success({ from: '', to: '', isChild: false }).some(saysDownloading)

/**
 * The steps of a device in an upgrade, by its script. `downloaded`: its download has ended and was reported.
 */
export const courseOf = (script: Script, upgrade: Upgrade, { downloaded = false } = {}): Step[] => {
  if (script.upToDate) return alreadyThere(upgrade)
  const { success, failure, reportsBeforeRestart = false } = sdkOf(script.sdk)
  const reports = script.failure === undefined ? success(upgrade) : failure(upgrade, script.failure)
  const begun =
    script.downloads && !reports.some(saysDownloading) ? [...downloading(upgrade.from), ...reports] : reports
  const left = downloaded ? begun.filter((step) => !saysDownloading(step)) : begun
  if (script.gone) return [...left.filter(saysDownloading), 'leave']
  const sent = script.silent ? left.filter(saysDownloading) : left
  const restarted = script.reboot ? withRestart(sent, reportsBeforeRestart) : sent
  const gathered = script.several ? inOneMessage(restarted) : restarted
  return script.rollback ? [...gathered, 'rollBackByRestart', 'reportVersion'] : gathered
}
