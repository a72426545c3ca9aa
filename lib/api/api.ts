import { Duration } from 'aws-cdk-lib'
import { Construct } from 'constructs'
import { routes } from '../../lambdas/contract/routes.ts'
import type { ApiFunction, Route } from '../../lambdas/http/route.ts'
import { env } from '../../lambdas/runtime/env.ts'
import type { DeviceLink } from '../docks/device-link.ts'
import { BackendFunction } from '../functions/backend-function.ts'
import { options } from '../options/options.ts'
import type { Packages } from '../packages/packages.ts'
import type { ArchiveStorage } from '../storage/archive-storage.ts'
import type { Store, TableUse } from '../storage/store.ts'
import type { Access } from './access.ts'
import { HttpApi } from './http-api.ts'

export type ApiProps = {
  /** The issuer of trusted tokens. */
  readonly access: Access
  readonly store: Store
  readonly uploads: ArchiveStorage
  readonly link: DeviceLink
  readonly packages: Packages
}

type Grant = (fn: BackendFunction) => void

/** The HTTP API: the routes of `lambdas/contract/routes.ts`. Each function has only the rights that it needs. */
export class Api extends Construct {
  readonly url: string
  /** The dimension of its metrics. */
  readonly apiId: string

  constructor(scope: Construct, id: string, { access, store, uploads, link, packages }: ApiProps) {
    super(scope, id)
    const table =
      (...uses: readonly TableUse[]): Grant =>
      (fn) =>
        store.grant(fn, ...uses)
    const command: Grant = (fn) => link.grantDockCommands(fn)
    const rights: Record<ApiFunction, readonly Grant[]> = {
      'read-records': [table('read', 'readMany', 'list', 'listKind')],
      'register-docks': [table('update')],
      'manage-dock-accounts': [
        table('read', 'readMany', 'listKind', 'put', 'update', 'delete'),
        (fn) => link.grantDockDisconnect(fn),
      ],
      'register-devices': [table('read', 'readMany', 'update', 'delete')],
      'remove-docks': [table('read', 'readMany', 'list', 'put', 'update', 'delete')],
      'request-listing': [table('read', 'put', 'update', 'delete'), command],
      'start-log-upload': [
        table('read', 'readMany', 'list', 'put', 'update', 'delete'),
        command,
        (fn) => uploads.grantLend(fn),
        (fn) => this.setUploadDefaults(fn),
      ],
      'cancel-log-upload': [table('read', 'readMany', 'put', 'update'), command],
      'manage-debug-mode': [table('read', 'readMany', 'put'), command],
      'lend-credentials': [table('read', 'readMany', 'put'), (fn) => uploads.grantLend(fn)],
      'download-archive': [table('read', 'readMany', 'put'), (fn) => uploads.grantDownload(fn)],
      'delete-archive': [table('read', 'readMany', 'put', 'update'), (fn) => uploads.grantRemove(fn)],
      'check-storage': [(fn) => uploads.grantCheck(fn)],
      'read-upgrades': [table('read', 'readMany', 'list', 'listKind', 'listCampaign')],
      'manage-upgrades': [table('read', 'readMany', 'put', 'update'), (fn) => link.grantDeviceRequests(fn)],
      'manage-campaigns': [
        table('read', 'readMany', 'list', 'listCampaign', 'put', 'update'),
        (fn) => link.grantDeviceRequests(fn),
      ],
      'manage-packages': [table('read', 'list', 'update'), (fn) => packages.grantManage(fn)],
      'manage-organizations': [table('read', 'readMany', 'list', 'listKind', 'put', 'update')],
      'manage-collections': [table('read', 'readMany', 'listKind', 'put', 'update', 'delete')],
      'manage-webhooks': [table('read', 'list', 'put', 'update', 'delete')],
      'take-device-events': [
        table('read', 'readMany', 'list', 'put', 'update'),
        (fn) => link.grantDeviceRequests(fn),
        (fn) => packages.grantOffer(fn),
      ],
    }
    const api = new HttpApi(this, 'Http', { access })
    const functions = new Map<ApiFunction, BackendFunction>()
    for (const [name, route] of Object.entries<Route>(routes)) {
      if (route.onlyWith && options(this)[route.onlyWith] === 'off') continue
      const fn = functions.get(route.function) ?? this.makeFunction(route.function, rights[route.function])
      functions.set(route.function, fn)
      fn.setEnv(env.groupsClaim, access.groupsClaim)
      if (access.groupPrefix) fn.setEnv(env.groupPrefix, access.groupPrefix)
      api.addRoute(name, route, fn)
    }
    this.url = api.url
    this.apiId = api.apiId
  }

  private setUploadDefaults(fn: BackendFunction): void {
    const { autoRetries, longUploads } = options(this)
    fn.setEnv(env.autoRetries, String(autoRetries))
    fn.setEnv(env.longUploads, longUploads)
  }

  private makeFunction(name: ApiFunction, grants: readonly Grant[]): BackendFunction {
    const fn = new BackendFunction(this, name, {
      file: `api/${name}`,
      description: `Answers the HTTP API: ${name}`,
      // API Gateway times out after 30 seconds; the function must have answered before.
      timeout: Duration.seconds(20),
    })
    for (const grant of grants) grant(fn)
    return fn
  }
}
