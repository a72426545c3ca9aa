import { setTimeout as pause } from 'node:timers/promises'
import { type Fetched, type Fetching, fetchFile } from '../download.ts'
import { reportsDownload } from './course.ts'
import type { PackageOffer } from './offer.ts'
import type { Script } from './script.ts'
import { downloading, type Step, sdkOf } from './sdks.ts'

const codes = { noSpace: 5, downloadTimedOut: 6, verificationFailed: 7 }

/** Failures that are detected before the download: in use, signal, version, battery, space, type, memory. */
const foundBefore = new Set([1, 2, 3, 4, 5, 8, 9])

const statuses: Readonly<Record<'any' | '2xx' | '200', (status: number) => boolean>> = {
  any: () => true,
  '2xx': (status) => status >= 200 && status < 300,
  '200': (status) => status === 200,
}

const headersFor = (script: Script, { older, token }: PackageOffer): Record<string, string> => {
  const { fetches } = sdkOf(script.sdk)
  const asOlder = older && (token !== undefined || fetches.sendsEmptyToken === true)
  return asOlder || script.token ? { authorization: `Bearer ${token ?? 'null'}` } : {}
}

const howFor = (script: Script, offer: PackageOffer): Fetching => {
  const { fetches } = sdkOf(script.sdk)
  return {
    headers: headersFor(script, offer),
    takes: statuses[fetches.takes],
    followsRedirects: !fetches.keepsToHost,
    ...(script.slow !== undefined && { bytesPerSecond: script.slow }),
    ...(script.spoils && { spoils: true }),
  }
}

const isWrong = (script: Script, offer: PackageOffer, { size, sha256 }: Fetched & { outcome: 'fetched' }) => {
  const { checksSum } = sdkOf(script.sdk).fetches
  if (!(offer.older ? checksSum.older : checksSum.newer)) return false
  return (offer.size ?? size) !== size || (offer.sha256 ?? sha256).toLowerCase() !== sha256
}

const codeOf = (script: Script, offer: PackageOffer, fetched: Fetched): number | undefined => {
  if (fetched.outcome !== 'fetched') return codes.downloadTimedOut
  return isWrong(script, offer, fetched) ? codes.verificationFailed : script.failure
}

/** Reports 10 % and 50 % as they are reached, if the device reports downloads. */
const progressReporter = (script: Script, from: string, report: (step: Step) => Promise<void>) => {
  const left = reportsDownload(script) && !script.several ? downloading(from) : []
  let sent = Promise.resolve()
  const upTo = (share: number): void => {
    for (let next = left[0]; next && share * 100 >= next.send[0].progress; next = left[0]) {
      const step = next
      left.shift()
      sent = sent.then(() => report(step))
    }
  }
  return { upTo, done: () => sent }
}

/**
 * Downloads an offered package as the device's SDK does, and checks it: returns the failure code, or
 * undefined if the device accepts the package. `within` limits concurrent downloads. Ends early once `signal`
 * aborts.
 */
export const fetchPackage = async (
  { script, offer, from }: { script: Script; offer: PackageOffer; from: string },
  use: {
    signal: AbortSignal
    within: <T>(work: () => Promise<T>) => Promise<T>
    report: (step: Step) => Promise<void>
    fetched: (result: Fetched) => void
  },
): Promise<number | undefined> => {
  const { signal } = use
  if (script.failure !== undefined && foundBefore.has(script.failure)) return script.failure
  if (script.space !== undefined && (offer.size ?? 0) > script.space) return codes.noSpace
  if (script.late) await pause(script.late * 1000, undefined, { signal }).catch(() => {})
  const { upTo, done } = progressReporter(script, from, use.report)
  const how = { ...howFor(script, offer), signal, progress: upTo }
  const result = await use.within(() => fetchFile(offer.url, how))
  if (result.outcome === 'fetched') upTo(1)
  await done()
  if (!signal.aborted) use.fetched(result)
  return codeOf(script, offer, result)
}
