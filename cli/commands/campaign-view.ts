import type { Campaign, CampaignSummary } from '../../client/index.ts'
import type { Context } from '../context.ts'
import { type Exit, exit } from '../exit.ts'
import { fields } from '../output/fields.ts'
import type { Step } from '../output/progress.ts'
import type { Column } from '../output/table.ts'
import { ago, lookOf } from '../output/words.ts'

/** Campaigns on the command line, and the exit status of their end. */

const stateOf = ({ state, aborted }: CampaignSummary): string => (aborted ? 'aborted' : (state ?? 'watching'))

export const campaignColumns: Column<CampaignSummary>[] = [
  { title: 'CAMPAIGN', value: ({ id }) => id, whole: true },
  { title: 'NAME', value: ({ name }) => name },
  { title: 'STATE', value: stateOf, style: (campaign) => lookOf(stateOf(campaign)) },
  { title: 'TARGET', value: ({ package: of, targetVersion }) => `${of} ${targetVersion}` },
  { title: 'FLEET', value: ({ fleet }) => fleet },
  { title: 'CREATED', value: ({ createdAt }) => createdAt, shown: ({ createdAt }) => ago(createdAt) },
]

type Phase = NonNullable<Campaign['phases']>[number]

const phaseColumns: Column<Phase>[] = [
  { title: 'PHASE', value: ({ name }) => name },
  { title: 'STATE', value: ({ state }) => state, style: ({ state }) => lookOf(state) },
  { title: 'DEVICES', value: ({ size }) => size },
  { title: 'CONFIRMED', value: ({ confirmed }) => confirmed },
  { title: 'FAILED', value: ({ failed }) => failed },
  { title: 'AT WORK', value: ({ atWork }) => atWork },
]

const failureColumns: Column<Campaign['failures'][number]>[] = [
  { title: 'REASON', value: ({ reason }) => reason },
  { title: 'DEVICES', value: ({ devices }) => devices },
]

/** The share of participating devices that have ended. */
const partOf = ({ phases, devices, states }: Campaign): number | undefined => {
  const all = phases ? phases.reduce((sum, { size }) => sum + size, 0) : devices
  return all === 0 ? undefined : Math.min(1, (devices - states.pending - states.upgrading) / all)
}

export const approvalOf = ({ phases = [] }: Campaign): string | undefined =>
  phases.find(({ state }) => state === 'awaitingApproval')?.name

const waits: Readonly<Record<string, string>> = {
  start: 'waits to be started',
  preparation: 'its devices are being assigned to the phases',
  window: 'waits for its window',
  resume: 'waits to be resumed',
}

export const stepOf = (campaign: Campaign): Step => {
  const { id, phases = [], waitingFor, states } = campaign
  const phase = approvalOf(campaign)
  const counts = phases.length
    ? phases.map(({ name, confirmed, size }) => `${name} ${confirmed}/${size}`).join(', ')
    : `${states.succeeded} succeeded, ${states.failed + states.timedOut + states.rolledBack} failed`
  const wait =
    phase === undefined
      ? waits[waitingFor ?? '']
      : `waits for approval of ${phase}: groundcrew campaigns approve ${id}`
  return { text: [stateOf(campaign), counts, wait].filter(Boolean).join('; '), part: partOf(campaign) }
}

/** A failed gate, or too many failures, is a bad end; an operator's abort counts as stopped. */
export const exitOf = ({ state, aborted, states }: Campaign): Exit => {
  if (aborted) return aborted.reason === 'operator' ? exit.stopped : exit.endedBadly
  if (state === 'stopped') return exit.endedBadly
  if (state !== undefined) return exit.done
  return states.failed + states.timedOut + states.rolledBack > 0 ? exit.endedBadly : exit.done
}

/** A whole campaign, as text. */
export const showCampaign = ({ out }: Context, campaign: Campaign): void => {
  const { states, phases = [], failures, stopped, aborted } = campaign
  const counts = Object.entries(states).filter(([, devices]) => devices > 0)
  out.print(
    fields(
      [
        ['campaign', campaign.id],
        ['name', campaign.name],
        ['state', stateOf(campaign)],
        ['target', `${campaign.package} ${campaign.targetVersion}`],
        ['devices', counts.map(([state, devices]) => `${devices} ${state}`).join(', ')],
        ['waits for', campaign.waitingFor === 'nothing' ? undefined : campaign.waitingFor],
        ['stopped', stopped],
        ['aborted', aborted && `${aborted.at} by ${aborted.by} (${aborted.reason})`],
      ],
      out,
    ),
  )
  out.rows(phases, phaseColumns)
  out.rows(failures, failureColumns)
}
