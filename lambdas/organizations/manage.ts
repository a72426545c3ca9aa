import type { Handlers } from '../http/on-http.ts'
import { done, type HttpReply, ok, problem, unknownDock } from '../http/reply.ts'
import type { NewId } from '../runtime/new-id.ts'
import { type Fleets, includes } from '../table/fleets.ts'
import type { Bindings } from './bindings.ts'
import { hashOfCode, hintOf, newCode } from './codes.ts'
import type { organizationRoutes } from './routes.ts'
import type { BindingCode, OrganizationStore } from './store.ts'
import { bindingCodeView, organizationView } from './view.ts'

/**
 * Creates organizations and binding codes, revokes codes, unbinds docks. Creating a code again makes another
 * one; everything else is idempotent.
 */

type OrganizationRoute = keyof typeof organizationRoutes

type Needs = {
  organizations: OrganizationStore
  bindings: Pick<Bindings, 'unbind'>
  now: () => number
  newId: NewId
}

const hourMs = 3_600_000
const defaultHours = 72

export const manageOrganizations = (use: Needs): Handlers<typeof organizationRoutes, OrganizationRoute> => ({
  putOrganization: async ({ params, body, fleets, caller }) => {
    if (fleets !== 'all') return onlyForAll('Making an organization')
    const { organizations, now } = use
    return ok(
      organizationView(await organizations.put(params.id, body.name, { by: caller.name, now: now() })),
    )
  },

  listOrganizations: async ({ query, fleets }) => {
    if (fleets !== 'all') return onlyForAll('Listing organizations')
    const { items, next } = await use.organizations.list(query)
    return ok({ items: items.map(organizationView), next })
  },

  createBindingCode: async ({ params, body, fleets, caller }) => {
    const { uses = 1, expiresInHours = defaultHours, fleet } = body
    if (!maySee(fleets, { fleet })) return onlyForAll('A binding code for any fleet')
    if (!(await use.organizations.get(params.id))) return unknownOrganization(params.id)
    const [now, code] = [use.now(), newCode()]
    const kept = {
      id: use.newId(now),
      hash: hashOfCode(code),
      hint: hintOf(code),
      usesLeft: uses,
      fleet,
      goodUntil: now + expiresInHours * hourMs,
      createdAt: now,
      createdBy: caller.name,
    }
    await use.organizations.addCode(params.id, kept)
    return {
      status: 201,
      body: { ...bindingCodeView(kept, now), code },
      headers: { 'cache-control': 'no-store' },
    }
  },

  listBindingCodes: async ({ params, fleets }) => {
    if (!(await use.organizations.get(params.id))) return unknownOrganization(params.id)
    const codes = await use.organizations.codes(params.id, (code) => maySee(fleets, code))
    return ok({ items: codes.map((code) => bindingCodeView(code, use.now())) })
  },

  revokeBindingCode: async ({ params, fleets, caller }) => {
    if (!(await use.organizations.get(params.id))) return unknownOrganization(params.id)
    const code = await use.organizations.findCode(params.id, params.codeId)
    const now = use.now()
    const revoked =
      code &&
      maySee(fleets, code) &&
      (await use.organizations.revoke(params.id, code.hash, { by: caller.name, now }))
    if (!revoked)
      return problem(
        'unknown-binding-code',
        `The organization has no code ${params.codeId} of any of your fleets.`,
      )
    return ok(bindingCodeView(revoked, now))
  },

  unbindDock: async ({ params, fleets, caller }) => {
    const isKnown = await use.bindings.unbind(params.dockSn, fleets, { by: caller.name, now: use.now() })
    return isKnown ? done() : unknownDock(params.dockSn)
  },
})

/** A code without a fleet is for all of them. */
const maySee = (
  fleets: Fleets,
  { fleet }: Pick<BindingCode, 'fleet'> | { fleet: string | undefined },
): boolean => fleets === 'all' || (fleet !== undefined && includes(fleets, fleet))

const onlyForAll = (what: string): HttpReply =>
  problem('not-permitted', `${what} needs the permission admin for all fleets.`)

const unknownOrganization = (id: string): HttpReply =>
  problem('unknown-organization', `There is no organization ${id}.`)
