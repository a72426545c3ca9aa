import * as z from 'zod/mini'
import { none, route } from '../http/route.ts'
import { PageQuery, page, Sn } from '../http/shapes.ts'
import {
  BindingCode,
  BindingCodeId,
  BindingCodeInput,
  NewBindingCode,
  Organization,
  OrganizationId,
  OrganizationInput,
} from './shapes.ts'

/** Routes of organizations, which docks bind to, and of their binding codes. */

const organization = z.object({ id: OrganizationId })
const common = { permission: 'admin', function: 'manage-organizations', onlyWith: 'dockServer' } as const

export const organizationRoutes = {
  putOrganization: route({
    ...common,
    method: 'PUT',
    path: '/v1/organizations/{id}',
    summary: 'Make an organization that docks may bind to, or rename it',
    fleets: 'For all fleets.',
    params: organization,
    query: none,
    body: OrganizationInput,
    output: Organization,
    success: 200,
  }),
  listOrganizations: route({
    ...common,
    method: 'GET',
    path: '/v1/organizations',
    summary: 'Organizations, by id',
    fleets: 'For all fleets.',
    params: none,
    query: z.strictObject(PageQuery),
    output: page(Organization),
    success: 200,
  }),
  createBindingCode: route({
    ...common,
    method: 'POST',
    path: '/v1/organizations/{id}/binding-codes',
    summary: 'Make a code with which docks bind to the organization; only this answer shows it',
    fleets: 'For all fleets if it names no `fleet`.',
    params: organization,
    query: none,
    body: BindingCodeInput,
    output: NewBindingCode,
    success: 201,
  }),
  listBindingCodes: route({
    ...common,
    method: 'GET',
    path: '/v1/organizations/{id}/binding-codes',
    summary: 'The codes of an organization, newest first; used and expired ones stay for a while',
    fleets: 'For all fleets to see codes without a `fleet`.',
    params: organization,
    query: none,
    output: page(BindingCode),
    success: 200,
  }),
  revokeBindingCode: route({
    ...common,
    method: 'DELETE',
    path: '/v1/organizations/{id}/binding-codes/{codeId}',
    summary: 'Revoke a code: no more docks can bind with it; docks that did stay bound',
    fleets: 'For all fleets if the code names no `fleet`.',
    params: z.object({ id: OrganizationId, codeId: BindingCodeId }),
    query: none,
    output: BindingCode,
    success: 200,
  }),
  unbindDock: route({
    ...common,
    method: 'DELETE',
    path: '/v1/docks/{dockSn}/organization',
    summary: 'Remove a dock and its aircraft from their organization; the dock may then bind to another',
    params: z.object({ dockSn: Sn }),
    query: none,
    output: none,
    success: 204,
  }),
} as const
