import { packageLinks } from '../packages/link.ts'
import { packageStore } from '../packages/store.ts'
import type { Env } from '../runtime/env.ts'
import type { Publish } from '../runtime/publish.ts'
import type { Table } from '../table/client.ts'
import { type CampaignAllows, type OfferNeeds, sendToDevice } from './offer.ts'
import { signStore } from './signs.ts'

/** Wires what offers need, for functions that receive devices' messages. */
export const connectOffers = (
  env: Env,
  table: Table,
  { publish, campaignAllows }: { publish: Publish; campaignAllows: CampaignAllows },
): Pick<OfferNeeds, 'readPackage' | 'linkTo' | 'sendOffer' | 'campaignAllows'> => {
  const packages = packageStore(table)
  return {
    readPackage: packages.get,
    linkTo: packageLinks(env, packages),
    sendOffer: sendToDevice(publish, signStore(table)),
    campaignAllows,
  }
}
