import { execFileSync, spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join as joinPath } from 'node:path'

/** For a test's `skip` option, like `mosquittoMissing`. */
export const opensslMissing: string | false = spawnSync('openssl', ['version']).error
  ? 'openssl is not installed'
  : false

/**
 * Makes in `directory` a CA, `ca.pem`, and by it a certificate `{name}.pem` with its key `{name}.key` for
 * each name, whose common name is the subject. Answers the path of a file.
 */
export const makeCertificates = (directory: string, subjects: Record<string, string>) => {
  const file = (name: string) => joinPath(directory, name)
  const openssl = (...args: string[]) => execFileSync('openssl', args, { stdio: 'pipe' })
  const newKey = (name: string) => [
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:P-256',
    '-nodes',
    '-keyout',
    file(`${name}.key`),
  ]
  openssl('req', '-x509', ...newKey('ca'), '-out', file('ca.pem'), '-subj', '/CN=test CA', '-days', '2')
  const issue = (name: string, subject: string) => {
    openssl('req', ...newKey(name), '-out', file(`${name}.csr`), '-subj', `/CN=${subject}`)
    writeFileSync(file('extensions'), `subjectAltName=DNS:${subject}\n`)
    const by = [
      '-CA',
      file('ca.pem'),
      '-CAkey',
      file('ca.key'),
      '-CAcreateserial',
      '-extfile',
      file('extensions'),
    ]
    openssl('x509', '-req', '-in', file(`${name}.csr`), ...by, '-out', file(`${name}.pem`), '-days', '2')
  }
  for (const [name, subject] of Object.entries(subjects)) issue(name, subject)
  return file
}
