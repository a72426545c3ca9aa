import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { functionFiles } from '../../lib/functions/function-files.ts'
import { backend, everything } from '../lib/backend.ts'

/**
 * The table of rights in `docs/security.md`, made from the synthesized template; run by itself this file
 * writes it there.
 */

export const documentPath = join(import.meta.dirname, '../../docs/security.md')
const begin = '<!-- rights: written by `node test/security/rights-table.ts` -->\n'
const end = '<!-- end of rights -->'

/** What each function needs its rights for. A function without a reason fails the test. */
const reasons: Readonly<Record<string, string>> = {
  'read-records': 'shows docks, listings, uploads, collections, alarms, rejected messages, and the overview',
  'register-docks': 'registers or changes a dock in one conditional write, which returns the record',
  'manage-dock-accounts': 'creates, rotates, revokes and lists dock accounts; ends their connections',
  'authorize-dock':
    'reads the account and what is known of the dock; at the first login gives the account to the dock in one transaction',
  'register-devices':
    'registers, changes or removes a device in one transaction, with its labels; reads both, and the fleet of its gateway',
  'remove-docks':
    'checks that the dock is idle; in one transaction takes it out of its organization, removes it, and leaves a tombstone with the fleet of its records',
  'request-listing':
    'records the command and sends it; deletes the idempotency key of a command that could not be sent',
  'start-log-upload':
    'reads the dock’s listing and its best rate, records the upload, lends credentials, sends the command; deletes idempotency keys as above',
  'cancel-log-upload': 'records the command and who canceled, sends the command',
  'manage-debug-mode':
    'checks what the dock is doing, records the command and who needs its aircraft, sends the command',
  'lend-credentials': 'reads the upload, records in its history who asked, lends credentials',
  'download-archive':
    'reads the upload, records the caller, checks that the object exists, signs a link to its version: a link can do what its signer may',
  'delete-archive':
    'removes the version that counts, then records who did so; no other function may delete archives',
  'check-storage':
    'tries storage as a dock and as the backend would, under a prefix of its own; has no right to the table',
  'read-upgrades': 'shows devices, attempts, reports, campaigns',
  'manage-upgrades':
    'opens an attempt in one transaction; in another, records that it uses its package, if that fits the device; asks for the version; closes attempts',
  'manage-campaigns':
    'reads the devices that are to join, opens their attempts, asks for their versions, counts',
  'manage-packages':
    'signs links to upload a package’s file, assembles its parts, checks what arrived; removes a package with its file once nothing needs it',
  'manage-organizations':
    'creates organizations and binding codes, revokes codes, takes docks out of their organization',
  'answer-docks':
    'reads and writes bindings and topologies, stores rejected messages, reads the licence, answers',
  'take-device-events': 'does the same as record-upgrades, and reads the fleet of each device',
  'record-replies':
    'finds the command, records the answer and what docks report about upgrades; sends the next command of debug mode; stores rejected messages; records reports of an end as record-progress does the others',
  'record-progress':
    'writes registers, stores rejected messages, acknowledges; sends the next command of debug mode',
  'record-upgrades':
    'writes registers and reports, stores rejected messages, asks for versions, answers requests for the time; signs a link to the package, with a token if the package needs one, and offers it',
  'verify-archives':
    'records each object that storage reports, and reads all of them if neither the first nor the last is the dock’s; records overwritten objects in the history',
  'sweep-uploads':
    'reads what is due: ends or cancels uploads, checks storage; closes debug modes, updates presence, clears alarms',
  'continue-uploads': 'reads what is due, opens the next upload as start-log-upload does',
  'sweep-upgrades':
    'reads what is due, asks for versions, then concludes silence; checks docks; signs links to packages and offers them',
  'prove-packages': 'reads each file of a package once, before any device may have it',
  'tell-changes':
    'is started by the stream, reads what else belongs to a record, publishes the changes; sends what it cannot publish to the failure queue',
  'manage-collections': 'writes and deletes collections; writes starts and their first runs',
  'advance-collections':
    'reads the state of a dock, asks for listings, starts uploads, switches aircraft on and off',
  'run-collections': 'does the same for what is due, and starts collections on schedule',
  'manage-webhooks':
    'creates, shows and deletes webhooks; creates secrets, but reads none; repeats deliveries',
  'send-webhooks':
    'records what each webhook is to receive, reads its signing keys, records the outcome; sends what waited',
  'retry-webhooks': 'does the same for deliveries whose retry is due',
  'sweep-campaigns':
    'counts, plans and opens phases, opens attempts, asks for versions, aborts; deletes the rows of turns that are over',
}

/** Rights that every function may have: its log, its own queue, the failure queue. */
const ofItself = /^(logs|sqs):/

const { fn, one, roles } = backend(everything)
const table = one('AWS::DynamoDB::Table').arn
const inIot = 'arn:aws:iot:eu-central-1:000000000000'

/** Names for the beginnings of ARNs. The rest of an ARN is kept, so that no two have the same name. */
const places: readonly (readonly [start: string | undefined, name: string])[] = [
  [`${table}/index/`, 'index '],
  [`${table}/stream/2026-01-01T00:00:00.000`, 'stream of the table'],
  [table, 'table'],
  [one('AWS::Events::EventBus').arn, 'event bus'],
  [`${inIot}:topic/`, ''],
  [`${inIot}:client/`, 'clients '],
  [roles.find(({ logicalId }) => logicalId.includes('UploadRole'))?.arn, 'upload role'],
  [one('AWS::SecretsManager::Secret').arn, 'secret of package tokens'],
  [everything.dockLicenceSecretArn, 'licence secret'],
  [one('AWS::S3::Bucket', 'Packages').arn, 'package bucket'],
  [one('AWS::S3::Bucket', 'Uploads').arn, 'bucket'],
]

const place = (arn: string): string => {
  const [start = '', name = ''] = places.find(([start]) => start && arn.startsWith(start)) ?? []
  return name + arn.slice(start.length)
}

const cell = (rights: Map<string, string[]>): string =>
  [...rights]
    .map(([where, actions]) => `\`${actions.sort().join('` `')}\` on ${where.replaceAll('*', '\\*')}`)
    .join('; ')

export const rightsTable = (): string => {
  const rows = functionFiles.map((file) => {
    const name = file.split('/').at(-1) ?? ''
    const reason = reasons[name]
    if (!reason) throw new Error(`${name} has rights that ${import.meta.filename} gives no reason for`)
    const rights = new Map<string, string[]>()
    for (const { Action, Resource } of fn(name).role.statements)
      for (const action of Action.filter((one) => !ofItself.test(one)))
        for (const resource of Resource)
          rights.set(place(resource), [...(rights.get(place(resource)) ?? []), action])
    return `| \`${name}\` | ${cell(rights)} | ${reason} |`
  })
  return `\n| Function | May | Because it |\n|---|---|---|\n${rows.join('\n')}\n\n`
}

/** The table as it stands in the document. */
export const writtenTable = (): string => {
  const [, after = ''] = readFileSync(documentPath, 'utf8').split(begin)
  return after.split(end)[0] ?? ''
}

if (import.meta.main) {
  const [before = '', rest = ''] = readFileSync(documentPath, 'utf8').split(begin)
  writeFileSync(documentPath, `${before}${begin}${rightsTable()}${end}${rest.split(end)[1] ?? ''}`)
}
