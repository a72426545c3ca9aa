import * as z from 'zod/mini'
import { none, route } from '../http/route.ts'
import { Fleet, PageQuery, page } from '../http/shapes.ts'
import { CollectionId } from './rules/shapes.ts'
import { Collection, CollectionInput, CollectionRun, RunInput, RunQuery, StartedRuns } from './shapes.ts'

/** Routes of collections. */

const collection = z.object({ id: CollectionId })
const RunId = z.string().check(z.regex(/^[0-9a-f]{32}$/, 'must be the id of a run'))

export const collectionRoutes = {
  putCollection: route({
    method: 'PUT',
    path: '/v1/collections/{id}',
    permission: 'admin',
    function: 'manage-collections',
    summary: 'Make a collection, which collects logs automatically, or replace its settings',
    fleets:
      'For the fleet that it names, or the fleets of its docks. All fleets share the ids of collections.',
    params: collection,
    query: none,
    body: CollectionInput,
    output: Collection,
    success: 200,
  }),
  getCollection: route({
    method: 'GET',
    path: '/v1/collections/{id}',
    permission: 'read',
    function: 'read-records',
    summary: 'A collection',
    params: collection,
    query: none,
    output: Collection,
    success: 200,
  }),
  listCollections: route({
    method: 'GET',
    path: '/v1/collections',
    permission: 'read',
    function: 'read-records',
    summary: 'Collections, by id',
    params: none,
    query: z.strictObject({ ...PageQuery, fleet: z.optional(Fleet) }),
    output: page(Collection),
    success: 200,
  }),
  runCollection: route({
    method: 'POST',
    path: '/v1/collections/{id}/run',
    permission: 'operate',
    function: 'manage-collections',
    summary: 'Start a collection by hand, at all of its docks or at the given ones',
    params: collection,
    query: none,
    body: RunInput,
    output: StartedRuns,
    success: 202,
    idempotent: true,
  }),
  listCollectionRuns: route({
    method: 'GET',
    path: '/v1/collections/{id}/runs',
    permission: 'read',
    function: 'read-records',
    summary:
      'The runs of a collection, one for each cause and dock, with what was left out and why, newest first',
    params: collection,
    query: z.strictObject({ ...PageQuery, ...RunQuery }),
    output: page(CollectionRun),
    success: 200,
  }),
  getCollectionRun: route({
    method: 'GET',
    path: '/v1/collections/{id}/runs/{runId}',
    permission: 'read',
    function: 'read-records',
    summary: 'A run of a collection: what it did for one cause at one dock',
    params: z.object({ id: CollectionId, runId: RunId }),
    query: none,
    output: CollectionRun,
    success: 200,
  }),
  deleteCollection: route({
    method: 'DELETE',
    path: '/v1/collections/{id}',
    permission: 'admin',
    function: 'manage-collections',
    summary: 'Delete a collection; runs that wait are stopped, runs that have begun are completed',
    params: collection,
    query: none,
    output: z.undefined(),
    success: 204,
  }),
} as const
