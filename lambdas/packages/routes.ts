import * as z from 'zod/mini'
import { none, route } from '../http/route.ts'
import { Fleet, PageQuery, page } from '../http/shapes.ts'
import { Package, PackageId, PackageInput, PackageUpload, PackageUploadInput } from './shapes.ts'

/** Routes of packages. */

const packageParams = z.object({ id: PackageId })

export const packageRoutes = {
  putPackage: route({
    method: 'PUT',
    path: '/v1/packages/{id}',
    permission: 'operate',
    function: 'manage-packages',
    summary: 'Make a package, or replace its settings until its file has been proved',
    fleets: 'For all fleets if it names no `fleet`. All fleets share the ids of packages.',
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
    summary:
      'Make links to upload the file, in one request or in parts; a repeat for the same file resumes the upload',
    fleets: 'For all fleets if the package has no fleet.',
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
      'Complete an upload: the file is proved at once if storage knows its checksums, otherwise it is read soon',
    fleets: 'For all fleets if the package has no fleet.',
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
    fleets: 'Any, if the package has no fleet.',
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
      'Packages, newest first, including those without a fleet; a page may be short and still have a `next`',
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
    fleets: 'For all fleets if the package has no fleet.',
    params: packageParams,
    query: none,
    output: z.undefined(),
    success: 204,
  }),
} as const
