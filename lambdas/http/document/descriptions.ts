import { campaigns } from './descriptions/campaigns.ts'
import { common } from './descriptions/common.ts'
import { docks } from './descriptions/docks.ts'
import { logs } from './descriptions/logs.ts'
import { others } from './descriptions/others.ts'
import { upgrades } from './descriptions/upgrades.ts'

/** What everything in the document is, by its place. `words.ts` says how it is looked up. */
export const descriptions: Readonly<Record<string, string>> = {
  ...common,
  ...docks,
  ...logs,
  ...upgrades,
  ...campaigns,
  ...others,
}
