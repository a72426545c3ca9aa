import StatusIndicator, { type StatusIndicatorProps } from '@cloudscape-design/components/status-indicator'
import type { Package } from '../api/records.ts'

export type PackageFile = NonNullable<Package['file']>
type Meaning = { type: StatusIndicatorProps.Type; text: string }

const fileStates: Record<PackageFile['state'], Meaning> = {
  awaited: { type: 'pending', text: 'File awaited' },
  arrived: { type: 'in-progress', text: 'Being proved' },
  proved: { type: 'success', text: 'Proved' },
  refused: { type: 'error', text: 'Refused' },
}

/** The fault of a file, and the advice. */
export const fileFaults: Record<NonNullable<PackageFile['fault']>, { text: string; advice: string }> = {
  size: { text: 'Storage has a file of another size.', advice: 'Upload it again.' },
  sha256: { text: 'Storage has a file with another SHA-256.', advice: 'Upload it again.' },
  md5: { text: 'Storage has a file with another MD5.', advice: 'Upload it again.' },
  missing: { text: 'Storage has no file.', advice: 'Upload the same file again.' },
  altered: {
    text: 'Storage has a different file than the one that was proved.',
    advice: 'Find out who put it there, then upload the same file again.',
  },
}

/** Whether devices may be offered the package, and what is missing if not. */
export const PackageStatus = ({ of: { deleted, file } }: { of: Pick<Package, 'deleted' | 'file'> }) => {
  if (deleted) return <StatusIndicator type="stopped">Deleted</StatusIndicator>
  if (!file) return <StatusIndicator type="pending">Without a file</StatusIndicator>
  const { type, text } = fileStates[file.state]
  return <StatusIndicator type={type}>{text}</StatusIndicator>
}
