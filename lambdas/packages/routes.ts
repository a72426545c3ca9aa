import * as z from 'zod/mini'
import { none, route } from '../http/route.ts'
import { Fleet, PageQuery, page } from '../http/shapes.ts'
import { Package, PackageId, PackageInput, PackageUpload, PackageUploadInput } from './shapes.ts'

/** What can be asked of packages. */

const packageParams = z.object({ id: PackageId })

export const packageRoutes = {
  putPackage: route({
    method: 'PUT',
    path: '/v1/packages/{id}',
    permission: 'operate',
    function: 'manage-packages',
    summary: 'Make a package, or change what is said of it until its file has been proved',
    fleets: 'For all fleets where it names no `fleet`. All fleets share the ids of packages.',
    params: packageParams,
    query: none,
    body: PackageInput,
    output: Package,
    success: 200,
  }),
  uploadPackage: route({
    method: 'POST',
    path: '/v1/packages/{id}/upload',
    permission: 'operate',
    function: 'manage-packages',
    summary: 'Links that take the file, in one request or in parts; the same file again goes on where it was',
    fleets: 'For all fleets where the package is of no fleet.',
    params: packageParams,
    query: none,
    body: PackageUploadInput,
    output: PackageUpload,
    success: 200,
  }),
  completePackageUpload: route({
    method: 'POST',
    path: '/v1/packages/{id}/upload/complete',
    permission: 'operate',
    function: 'manage-packages',
    summary:
      'Say that the file is uploaded: it is proved at once where storage knows its sums, else read soon',
    fleets: 'For all fleets where the package is of no fleet.',
    params: packageParams,
    query: none,
    body: none,
    output: Package,
    success: 200,
  }),
  getPackage: route({
    method: 'GET',
    path: '/v1/packages/{id}',
    permission: 'read',
    function: 'read-upgrades',
    summary: 'A package with the state of its file',
    fleets: 'Any, where the package is of no fleet.',
    params: packageParams,
    query: none,
    output: Package,
    success: 200,
  }),
  listPackages: route({
    method: 'GET',
    path: '/v1/packages',
    permission: 'read',
    function: 'read-upgrades',
    summary:
      'Packages, newest first, with those that are of no fleet; a page may be short and still have a `next`',
    params: none,
    query: z.strictObject({ ...PageQuery, fleet: z.optional(Fleet) }),
    output: page(Package),
    success: 200,
  }),
  deletePackage: route({
    method: 'DELETE',
    path: '/v1/packages/{id}',
    permission: 'operate',
    function: 'manage-packages',
    summary: 'Delete a package and its file, unless a campaign or an attempt may still need it',
    fleets: 'For all fleets where the package is of no fleet.',
    params: packageParams,
    query: none,
    output: z.undefined(),
    success: 204,
  }),
} as const
