import * as z from 'zod/mini'
import { none, route } from '../http/route.ts'
import { Fleet, PageQuery, page } from '../http/shapes.ts'
import { CollectionId } from './rules/shapes.ts'
import { Collection, CollectionInput, CollectionRun, RunInput, RunQuery, StartedRuns } from './shapes.ts'

/** What can be asked of collections. */

const collection = z.object({ id: CollectionId })
const RunId = z.string().check(z.regex(/^[0-9a-f]{32}$/, 'must be the id of a run'))

export const collectionRoutes = {
  putCollection: route({
    method: 'PUT',
    path: '/v1/collections/{id}',
    permission: 'admin',
    function: 'manage-collections',
    summary: 'Make a collection, which collects logs by itself, or change its settings',
    fleets: 'For the fleet, or those of the docks, that it names. All fleets share the ids of collections.',
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
    summary: 'Collect now, by hand, from all docks of a collection or from these',
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
    summary: 'What a collection did for each cause at each dock, and what it left out and why, newest first',
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
    summary: 'What a collection did for one cause at one dock',
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
    summary: 'Delete a collection; what it waits for is stopped, what has begun goes on to its end',
    params: collection,
    query: none,
    output: z.undefined(),
    success: 204,
  }),
} as const
