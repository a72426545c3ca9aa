import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { functionFiles } from '../../lib/function-files.ts'
import { backend, everything } from '../lib/backend.ts'

/**
 * The table of rights in `docs/security.md`, made from the synthesized template; run by itself this file
 * writes it there.
 */

export const documentPath = join(import.meta.dirname, '../../docs/security.md')
const begin = '<!-- rights: written by `node test/security/rights-table.ts` -->\n'
const end = '<!-- end of rights -->'

/** What each function needs its rights for; one that is missing here stops the test. */
const reasons: Readonly<Record<string, string>> = {
  'read-records': 'shows docks, listings, uploads, rejected messages',
  'register-docks': 'one conditional write, which answers with the record',
  'manage-dock-accounts': 'makes, renews, revokes and lists accounts of docks, ends their connections',
  'authorize-dock':
    'reads the account and what is known of the dock; at its first login gives it the account in one transaction',
  'register-devices':
    'one conditional transaction, of the record and of what is said of it, and reads both; looks of which fleet a gateway is; removes a device in one transaction',
  'remove-docks':
    'looks what a dock is at, takes it out of its organization and away in one transaction, which leaves whose its records are',
  'request-listing':
    'records the command, sends it; forgets the idempotency key of one that could not be sent',
  'start-log-upload':
    'reads what the dock listed and how fast it was, records, lends, sends; forgets as above',
  'cancel-log-upload': 'records who canceled and the command, sends it',
  'manage-debug-mode': 'looks what a dock is at, records who needs its aircraft and the command, sends it',
  'lend-credentials': 'reads the upload, keeps in its history who asked, lends',
  'download-archive':
    'reads the upload, keeps who asked, looks whether the object is there, signs a link to its version, which can do what its signer may',
  'delete-archive':
    'removes the version that counts, then records who did; the only one that may delete archives',
  'check-storage':
    'tries storage as a dock and as the backend would, under a prefix of its own; has no right to the table',
  'read-upgrades': 'shows devices, attempts, reports, campaigns',
  'manage-upgrades':
    'opens an attempt in one transaction, in another gives it its package, if the device’s model fits; asks for the version, closes one',
  'manage-campaigns':
    'reads the devices that are to join, opens their attempts, asks them for versions, counts',
  'manage-packages':
    'signs links that take the file of a package, puts its parts together, looks what has come, removes it with its package where what was given it has ended',
  'manage-organizations':
    'makes organizations and codes, revokes codes, takes docks out of their organization',
  'answer-docks':
    'reads and writes bindings and topologies, keeps what could not be understood, reads the licence, answers',
  'take-device-events': 'the same as record-upgrades, and reads of which fleet a device is',
  'record-replies':
    'finds the command, writes the answer, and what docks say of upgrades; sends what an answer in debug mode calls for; keeps what could not be understood; takes what ends something as record-progress takes the rest',
  'record-progress':
    'writes registers, keeps what could not be understood, acknowledges; sends what a report in debug mode calls for',
  'record-upgrades':
    'writes registers and reports, keeps what could not be understood, asks for versions and tells the time; signs the link to a package, with a token where the package says so, and offers it',
  'verify-archives':
    'writes what storage has, and looks through it where neither the first nor the last is the dock’s; keeps what was overwritten in the history',
  'sweep-uploads': 'reads what is due, ends or cancels it, looks into storage; closes debug modes',
  'continue-uploads': 'reads what is due, opens the next upload as start-log-upload does',
  'sweep-upgrades':
    'reads what is due, concludes silence, asks for versions first; looks at docks, signs links to packages and offers them',
  'prove-packages': 'reads each file of a package once, before a device may have it',
  'tell-changes':
    'is started by the stream, reads what else belongs to a record, publishes what changed; sends what it cannot to the failures',
  'manage-collections': 'writes collections and their starts, and the first runs of these',
  'advance-collections':
    'reads what is so at a dock, asks for listings, starts uploads, switches aircraft on and off',
  'run-collections': 'does the same for what is due, and starts what is to run by the clock',
  'manage-webhooks':
    'makes, shows and deletes webhooks, and makes secrets, which it reads none of; has deliveries sent again',
  'send-webhooks':
    'writes down what each webhook is to be sent, reads what signs it, writes down what came of it; sends what waited',
  'retry-webhooks': 'the same for what waits, as the clock says',
  'sweep-campaigns': 'adds up counts, plans and opens phases, opens attempts and asks for versions, aborts',
}

/** What every function has of itself: its log, its own queue, the queue for what it failed on. */
const ofItself = /^(logs|sqs):/

const { fn, one, roles } = backend(everything)
const table = one('AWS::DynamoDB::Table').arn
const inIot = 'arn:aws:iot:eu-central-1:000000000000'

/** What ARNs begin with, as people call it. What follows is kept, so that no two of them are called the same. */
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
