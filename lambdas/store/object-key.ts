import { type Module, modules } from '../../protocols/dji-remote-log/facts.ts'

/** The address of an archive: its object key names the dock, the upload and the module. */
export type ArchiveAddress = { dockSn: string; uploadId: string; module: Module }

/** `{fleet}/{dockSn}/{yyyy-mm-dd}/{uploadId}/{module}.tar`: one archive per module of an upload. */
export const objectKey = (of: ArchiveAddress & { fleet: string; createdAt: number }): string =>
  `${of.fleet}/${of.dockSn}/${new Date(of.createdAt).toISOString().slice(0, 10)}/${of.uploadId}/${of.module}.tar`

const ours =
  /(?:^|\/)[A-Za-z0-9_-]{1,64}\/([A-Za-z0-9]{1,32})\/\d{4}-\d\d-\d\d\/([0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12})\/([a-z]+)\.tar$/

/**
 * The archive that a key names, undefined for a key that is not of our making. A bucket or endpoint in front of the key
 * is allowed, since docks differ in what they report as the key.
 */
export const readObjectKey = (key: string): ArchiveAddress | undefined => {
  const [, dockSn, uploadId, name] = ours.exec(key) ?? []
  const module = modules.find((known) => known === name)
  return dockSn && uploadId && module ? { dockSn, uploadId, module } : undefined
}
