import * as z from 'zod/mini'
import type { Answer, Body, Campaign } from '../../client/index.ts'
import { textIn } from '../arguments.ts'
import type { Context } from '../context.ts'
import { exit, Failure, misused } from '../exit.ts'
import { orElse } from '../waiting.ts'
import { watchCampaign } from './watch-campaign.ts'

export type Asked = {
  name?: string | undefined
  packageId?: string | undefined
  package?: 'firmware' | 'software' | undefined
  targetVersion?: string | undefined
  fleet?: string | undefined
  settings?: string | undefined
  device?: string[] | undefined
  devicesFrom?: string | undefined
  label?: string[] | undefined
  start?: true | undefined
  wait?: true | undefined
  timeout?: number | undefined
}

type Settings = Body<'putCampaign'>

const Given = z.record(z.string(), z.unknown())

/** The API validates the settings: here they only have to be an object. @throws Failure */
const settingsIn = async (file: string): Promise<Record<string, unknown>> => {
  try {
    return Given.parse(JSON.parse(await textIn(file)))
  } catch (error) {
    if (error instanceof Failure) throw error
    throw misused(
      `${file} is not the JSON of a campaign’s settings`,
      'docs/driving-upgrades.md has examples.',
    )
  }
}

const labelsFrom = (given: readonly string[]): Record<string, string> =>
  Object.fromEntries(
    given.map((one) => {
      const [name = '', ...value] = one.split('=')
      if (name === '' || value.length === 0) throw misused(`${one} is no label`, 'Give it like ring=canary.')
      return [name, value.join('=')]
    }),
  )

/** Options override the file. */
const settingsFrom = async (id: string, asked: Asked): Promise<Settings> => {
  const file = asked.settings === undefined ? {} : await settingsIn(asked.settings)
  const { packageId, package: of, targetVersion, fleet, label, name } = asked
  return {
    ...file,
    name: name ?? (typeof file.name === 'string' ? file.name : id),
    ...(packageId ? { packageId } : {}),
    ...(of ? { package: of } : {}),
    ...(targetVersion ? { targetVersion } : {}),
    ...(fleet ? { fleet } : {}),
    ...(label ? { select: { labels: labelsFrom(label) } } : {}),
  }
}

/**
 * Ids separated by blanks, commas or line ends; from a file as a spreadsheet or `groundcrew devices` writes
 * it.
 */
const devicesFrom = async ({ device = [], devicesFrom: file }: Asked): Promise<string[]> => {
  const read = file === undefined ? [] : (await textIn(file)).split('\n')
  const firsts = read.map((line) => line.trim().split(/[\s,;]+/)[0] ?? '')
  return [...new Set([...device, ...firsts].filter(Boolean))]
}

/** The API's own limit for one request. */
const mostAtOnce = 500

type Outcome = Answer<'addCampaignDevices'>['results'][number]['outcome']

const taken: ReadonlySet<Outcome> = new Set(['opened', 'retried', 'alreadyIn', 'succeeded', 'chosen'])

const addDevices = async ({ crew, out, signal }: Context, id: string, deviceIds: string[]): Promise<void> => {
  const refused: { deviceId: string; outcome: Outcome }[] = []
  const strange: string[] = []
  for (let n = 0; n < deviceIds.length; n += mostAtOnce) {
    signal.throwIfAborted()
    out.progress.show({ text: `Giving it devices, ${n} of ${deviceIds.length}`, part: n / deviceIds.length })
    const { results } = await crew.campaigns.addDevices(id, deviceIds.slice(n, n + mostAtOnce))
    refused.push(...results.filter(({ outcome }) => !taken.has(outcome)))
    strange.push(...results.flatMap((one) => (one.unknown ? [one.deviceId] : [])))
  }
  out.progress.clear()
  for (const { deviceId, outcome } of refused) out.note(`${out.safe(deviceId)} was not added: ${outcome}`)
  for (const deviceId of strange)
    out.note(`${out.safe(deviceId)} is unknown so far, but was added. Is the id right?`)
  if (refused.length === deviceIds.length)
    throw new Failure(`None of the devices was added to the campaign ${id}`, {
      remedy: 'See the reasons above, then name others: the same command may be repeated.',
      exit: exit.couldNot,
    })
}

/** A list that is empty by mistake makes no campaign. @throws Failure */
const noneIn = (file: string): Failure =>
  new Failure(`${file === '-' ? 'The pipe' : file} names no devices, so nothing was made`, {
    remedy:
      'groundcrew devices lists a device from its first report on. Its id may be given before, as --device.',
  })

const make = async (context: Context, id: string, asked: Asked): Promise<Campaign> => {
  const { crew } = context
  const devices = await devicesFrom(asked)
  if (devices.length === 0 && asked.devicesFrom !== undefined) throw noneIn(asked.devicesFrom)
  const campaign = await crew.campaigns.put(id, await settingsFrom(id, asked))
  if (devices.length > 0) await addDevices(context, id, devices)
  const starts = campaign.packageId !== undefined && (asked.start || asked.wait)
  return starts ? crew.campaigns.start(id) : campaign
}

/**
 * Creates a campaign, adds devices, and starts and watches it if requested. May be repeated until it has
 * started.
 */
export const createCampaign = async (context: Context, id: string, asked: Asked): Promise<void> => {
  const { out } = context
  const again = `groundcrew campaigns watch ${id}`
  const how = `What was made stays. To see it: groundcrew campaigns show ${id}`
  const campaign = await orElse(context, how, () => make(context, id, asked))
  if (asked.wait) return watchCampaign(context, id, asked)
  out.record(campaign, () => out.safe(id))
  if (out.json) return
  const isDraft = campaign.state === 'draft'
  out.note(isDraft ? `It is a draft. To start it: groundcrew campaigns start ${id}` : `To watch it: ${again}`)
}
