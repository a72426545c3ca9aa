import { type Module, modules } from '../../protocols/dji-remote-log/facts.ts'

/** The address of an archive: its object key names the dock, the upload and the module. */
export type ArchiveAddress = { dockSn: string; uploadId: string; module: Module }

/** `{fleet}/{dockSn}/{yyyy-mm-dd}/{uploadId}/{module}.tar`: one archive per module of an upload. */
export const objectKey = (of: ArchiveAddress & { fleet: string; createdAt: number }): string =>
  `${of.fleet}/${of.dockSn}/${new Date(of.createdAt).toISOString().slice(0, 10)}/${of.uploadId}/${of.module}.tar`

const ours =
  /^(?<before>.*\/|)[A-Za-z0-9_-]{1,64}\/(?<dockSn>[A-Za-z0-9]{1,32})\/\d{4}-\d\d-\d\d\/(?<uploadId>[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12})\/(?<name>[a-z]+)\.tar$/

/** The archive that a key in the bucket names; undefined for keys that are not ours. */
export const readStoredKey = (key: string): ArchiveAddress | undefined => {
  const { before, dockSn, uploadId, name } = ours.exec(key)?.groups ?? {}
  const module = modules.find((known) => known === name)
  return before === '' && dockSn && uploadId && module ? { dockSn, uploadId, module } : undefined
}

/** The same for a key that a dock reports: some docks put the bucket or the endpoint in front. */
export const readReportedKey = (key: string): ArchiveAddress | undefined =>
  readStoredKey(key.slice(ours.exec(key)?.groups?.before?.length ?? 0))
