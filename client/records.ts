import type { operations } from './schema.ts'

/** The API's records, as its OpenAPI document describes them. */

type JsonOf<Response> = Response extends { content: { 'application/json': infer Body } } ? Body : never

/**
 * An operation may have several success statuses, such as 200 for an unchanged record and 202 for accepted
 * work.
 */
type Success = 200 | 201 | 202

/** The successful answer of an operation. */
export type Answer<Name extends keyof operations> = {
  [Status in keyof operations[Name]['responses'] & Success]: JsonOf<operations[Name]['responses'][Status]>
}[keyof operations[Name]['responses'] & Success]

/** The request body of an operation. */
export type Body<Name extends keyof operations> = operations[Name] extends {
  requestBody?: infer Sent
}
  ? JsonOf<NonNullable<Sent>>
  : never

/** The filters of a list. The iterator handles pages. */
export type Filter<Name extends keyof operations> = operations[Name]['parameters'] extends {
  query?: infer Query
}
  ? Omit<NonNullable<Query>, 'limit' | 'cursor'>
  : never

/** A page of a list. */
export type Page<Item> = { items: Item[]; next?: string }

export type Dock = Answer<'getDock'>
export type Logs = Answer<'getLogs'>
export type LogModule = Logs['modules'][number]
export type Log = LogModule['logs'][number]
export type ModuleName = LogModule['module']
export type Listing = Answer<'getListing'>
export type Upload = Answer<'getUpload'>
export type HistoryEntry = Answer<'listUploadHistory'>['items'][number]
export type UploadState = Upload['state']
export type Archive = Upload['archives'][number]
export type Failure = NonNullable<Upload['failure']>
export type CampaignSummary = Answer<'listCampaigns'>['items'][number]
export type Campaign = Answer<'getCampaign'>
export type Upgrade = Answer<'getUpgrade'>
export type UpgradeAttempt = Answer<'listUpgradeAttempts'>['items'][number]
export type UpgradeState = UpgradeAttempt['state']
export type Report = Answer<'listUpgradeReports'>['items'][number]
export type CampaignDryRun = Answer<'dryRunCampaign'>
export type Overview = Answer<'getOverview'>
export type CampaignCurve = Answer<'getCampaignCurve'>
export type Decision = Answer<'listCampaignHistory'>['items'][number]
export type SkippedDevice = Answer<'listSkippedDevices'>['items'][number]
export type Package = Answer<'getPackage'>
export type PackageUpload = Answer<'uploadPackage'>
export type Organization = Answer<'listOrganizations'>['items'][number]
export type BindingCode = Answer<'listBindingCodes'>['items'][number]
export type DockAccount = Answer<'listDockAccounts'>['items'][number]
export type DebugMode = Answer<'getDebugMode'>
export type Alarm = Answer<'getDockAlarms'>['items'][number]
export type Collection = Answer<'getCollection'>
export type CollectionRun = Answer<'getCollectionRun'>
export type Webhook = Answer<'getWebhook'>
export type WebhookDelivery = Answer<'listWebhookDeliveries'>['items'][number]
export type RejectedMessage = Answer<'listRejectedMessages'>['items'][number]
export type StorageCheck = Answer<'checkStorage'>
