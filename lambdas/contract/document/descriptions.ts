import { campaigns } from './descriptions/campaigns.ts'
import { common } from './descriptions/common.ts'
import { docks } from './descriptions/docks.ts'
import { logs } from './descriptions/logs.ts'
import { others } from './descriptions/others.ts'
import { upgrades } from './descriptions/upgrades.ts'

/** Descriptions of schemas, properties and parameters. `words.ts` says how a description is found. */
export const descriptions: Readonly<Record<string, string>> = {
  ...common,
  ...docks,
  ...logs,
  ...upgrades,
  ...campaigns,
  ...others,
}
