import { eventTypes } from '../../lambdas/changes/event-types.ts'
import { reasonName } from '../words/codes.ts'

/** The event types for webhooks, in groups. Pure. */

const subjectNames: Readonly<Record<string, string>> = {
  upload: 'Uploads',
  archive: 'Archives',
  listing: 'Listings',
  upgrade: 'Upgrades',
  package: 'Packages',
  campaign: 'Campaigns',
  presence: 'Presence',
  alarm: 'Alarms',
  flight: 'Flights',
  debug: 'Debug mode',
  collection: 'Collections',
  message: 'Messages of devices',
  webhook: 'Webhooks',
}

/** `groundcrew.upload.verified.v1` is about `upload`. */
const subjectOf = (type: string): string => type.split('.')[1] ?? type
const whatOf = (type: string): string => type.split('.')[2] ?? type
const subjectName = (subject: string): string => subjectNames[subject] ?? reasonName(subject)

export const everything = 'groundcrew.*'

/** Test events are sent by hand, to one webhook, whatever its types. */
const isChosen = (type: string): boolean => !type.startsWith('groundcrew.webhook.test.')

const labelOf = (type: string): string => `${subjectName(subjectOf(type))}: ${reasonName(whatOf(type))}`

/** The text for a type, or for a wildcard. */
export const typeName = (selection: string): string => {
  if (selection === everything) return 'Everything'
  return selection.endsWith('.*') ? `${subjectName(subjectOf(selection))}: all` : labelOf(selection)
}

const optionOf = (value: string) => ({ value, label: typeName(value), description: value })

/** Everything, then each subject, with its wildcard first. */
export const typeOptions = [
  optionOf(everything),
  ...[...Map.groupBy(eventTypes.filter(isChosen), subjectOf)].map(([subject, types]) => ({
    label: subjectName(subject),
    options: [`groundcrew.${subject}.*`, ...types].map(optionOf),
  })),
]

export const typeOptionOf = optionOf
