import { GetCommand, PutCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb'
import * as z from 'zod/mini'
import { expiry, isRefused, type Table, unlessRefused } from '../table/client.ts'
import { bindingCodeKey, bindingCodePrefix, organizationKey } from '../table/keys.ts'
import { listKeys, type Page, type PageRequest, readListed } from '../table/pages.ts'
import { updateOf } from '../table/update.ts'
import { wholeQuery } from '../table/whole-query.ts'

/** Organizations, `ORG#{id}` `ORG`, and their binding codes, `ORG#{id}` `CODE#{hash}`. */

const OrganizationItem = z.object({
  id: z.string(),
  name: z.string(),
  createdAt: z.number(),
  createdBy: z.string(),
})
export type Organization = z.infer<typeof OrganizationItem>

const CodeItem = z.object({
  id: z.string(),
  hash: z.string(),
  hint: z.string(),
  usesLeft: z.number(),
  /** Epoch ms after which it is no longer valid. */
  goodUntil: z.number(),
  fleet: z.optional(z.string()),
  createdAt: z.number(),
  createdBy: z.string(),
  revokedAt: z.optional(z.number()),
  revokedBy: z.optional(z.string()),
  usedBy: z.optional(z.array(z.object({ dockSn: z.string(), at: z.number() }))),
})
export type BindingCode = z.infer<typeof CodeItem>

export type NewCode = Pick<
  BindingCode,
  'id' | 'hash' | 'hint' | 'usesLeft' | 'goodUntil' | 'createdAt' | 'createdBy'
> & {
  fleet?: string | undefined
}

export const parseCode = (item: Record<string, unknown> | undefined): BindingCode | undefined =>
  item && CodeItem.parse(item)
export const parseOrganization = (item: Record<string, unknown> | undefined): Organization | undefined =>
  item && OrganizationItem.parse(item)

/** No fleet can have this name: organizations belong to none. */
const noFleet = '(none)'

/** The most codes of an organization that are shown: an answer has one page of them. */
const maxCodes = 200

export const organizationStore = (table: Table) => {
  const get = async (id: string): Promise<Organization | undefined> => {
    const { Item } = await table.client.send(
      new GetCommand({ TableName: table.name, Key: organizationKey(id), ConsistentRead: true }),
    )
    return parseOrganization(Item)
  }

  /** Newest first. */
  const codes = async (organizationId: string): Promise<BindingCode[]> => {
    const { pk } = organizationKey(organizationId)
    const items = await wholeQuery(table, {
      KeyConditionExpression: 'pk = :pk AND begins_with(sk, :prefix)',
      ExpressionAttributeValues: { ':pk': pk, ':prefix': bindingCodePrefix },
      ConsistentRead: true,
    })
    return items.map((item) => CodeItem.parse(item)).sort((one, other) => (one.id < other.id ? 1 : -1))
  }

  return {
    get,
    /** Creates an organization or renames it. Idempotent. */
    put: async (
      id: string,
      name: string,
      { by, now }: { by: string; now: number },
    ): Promise<Organization> => {
      const { Attributes } = await table.client.send(
        new UpdateCommand({
          TableName: table.name,
          Key: organizationKey(id),
          ...updateOf({
            set: { id, name, kind: 'organization', kindKey: id, fleet: noFleet },
            once: { createdAt: now, createdBy: by },
          }),
          ReturnValues: 'ALL_NEW',
        }),
      )
      return OrganizationItem.parse(Attributes)
    },

    /** By id. */
    list: async (request: PageRequest): Promise<Page<Organization>> => {
      const query = { kind: 'organization' as const, fleets: 'all' as const }
      const { items, next } = await listKeys(table, query, request)
      return {
        items: (await readListed(table, query, items)).map((item) => OrganizationItem.parse(item)),
        next,
      }
    },

    /** Stores a code; two are never the same. It expires some time after its validity. */
    addCode: async (organizationId: string, code: NewCode): Promise<void> => {
      await table.client.send(
        new PutCommand({
          TableName: table.name,
          Item: {
            ...bindingCodeKey(organizationId, code.hash),
            ...code,
            expiresAt: expiry(code.goodUntil, table.retention.rejected),
          },
          ConditionExpression: 'attribute_not_exists(pk)',
        }),
      )
    },

    /** The codes that the caller may see: others do not count towards the limit. */
    codes: async (organizationId: string, maySee: (code: BindingCode) => boolean): Promise<BindingCode[]> =>
      (await codes(organizationId)).filter(maySee).slice(0, maxCodes),

    findCode: async (organizationId: string, codeId: string): Promise<BindingCode | undefined> =>
      (await codes(organizationId)).find(({ id }) => id === codeId),

    /** Only the first revocation is recorded. Undefined: the code has expired from the table. */
    revoke: async (
      organizationId: string,
      hash: string,
      { by, now }: { by: string; now: number },
    ): Promise<BindingCode | undefined> => {
      const outcome = await unlessRefused(
        table.client.send(
          new UpdateCommand({
            TableName: table.name,
            Key: bindingCodeKey(organizationId, hash),
            ...updateOf({ once: { revokedAt: now, revokedBy: by } }),
            ConditionExpression: 'attribute_exists(pk)',
            ReturnValues: 'ALL_NEW',
          }),
        ),
      )
      return isRefused(outcome) ? undefined : parseCode(outcome.Attributes)
    },
  }
}
export type OrganizationStore = ReturnType<typeof organizationStore>
