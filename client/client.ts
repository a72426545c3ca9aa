import { campaignsOf } from './rooms/campaigns.ts'
import { docksOf } from './rooms/docks.ts'
import { listingsOf, logsOf, uploadsOf } from './rooms/logs.ts'
import { collectionsOf, packagesOf, rejectedOf, storageOf } from './rooms/others.ts'
import { devicesOf, upgradesOf } from './rooms/upgrades.ts'
import { type ClientOptions, transportOf } from './transport.ts'

/**
 * A client of one Groundcrew. Everything rejects with an `ApiError`, of the class of its problem. Requests
 * that may be repeated are retried if that may help; starts carry an `Idempotency-Key` for that.
 */
export const groundcrew = (options: ClientOptions) => {
  const api = transportOf(options)
  return {
    docks: docksOf(api),
    logs: logsOf(api),
    listings: listingsOf(api),
    uploads: uploadsOf(api),
    devices: devicesOf(api),
    upgrades: upgradesOf(api),
    campaigns: campaignsOf(api),
    packages: packagesOf(api),
    collections: collectionsOf(api),
    rejected: rejectedOf(api),
    storage: storageOf(api),
    /**
     * Every route of the API, typed, with the same token, idempotency keys and retries: for routes without a
     * method here.
     */
    api,
  }
}
export type Groundcrew = ReturnType<typeof groundcrew>
