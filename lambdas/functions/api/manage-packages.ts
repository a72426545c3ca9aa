import type { CampaignState } from '../../campaigns/rules/transitions.ts'
import { type Campaign, campaignStore } from '../../campaigns/store.ts'
import { onHttp } from '../../http/on-http.ts'
import { managePackages } from '../../packages/manage.ts'
import { packageRoutes } from '../../packages/routes.ts'
import type { StillNeeds } from '../../packages/users.ts'
import { env as names } from '../../runtime/env.ts'
import { newId } from '../../runtime/new-id.ts'
import { packageFiles } from '../../storage/package-files.ts'
import { connectTable, type Table } from '../../table/client.ts'
import { upgradeReader } from '../../upgrades/reader.ts'
import { isOpenState, upgradeStatus } from '../../upgrades/state.ts'

const over: readonly string[] = ['stopped', 'finished', 'aborted'] satisfies CampaignState[]

/**
 * Whether a campaign or an attempt still needs its package. A campaign has ended when no sweep is due for it.
 * An attempt that timed out may go on, or be retried.
 */
const stillNeeds = (table: Table): StillNeeds => {
  const campaigns = campaignStore(table)
  const upgrades = upgradeReader(table)
  return async (user) => {
    if ('campaignId' in user) {
      const campaign = await campaigns.get(user.campaignId)
      return campaign !== undefined && (campaign.dueKind !== undefined || !over.includes(stateOf(campaign)))
    }
    const device = await upgrades.get(user.deviceId)
    if (device?.attempt?.id !== user.attemptId) return false
    const status = upgradeStatus(device.attempt, device.registers, Date.now())
    return isOpenState(status) || status.state === 'timedOut'
  }
}

const stateOf = ({ aborted, rollout }: Campaign): CampaignState =>
  aborted ? 'aborted' : (rollout?.state ?? 'draft')

export const handler = onHttp(packageRoutes, (env) => {
  const table = connectTable(env)
  const files = packageFiles(env)
  return managePackages({
    table,
    files,
    stillNeeds: stillNeeds(table),
    now: Date.now,
    newId,
    hasDownloads: Boolean(env[names.packageDownloads]),
  })
})
