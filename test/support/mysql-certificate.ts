import { copyFileSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/**
 * What a throwaway server shows to those who want encryption: a certificate for `localhost` alone, for 127.0.0.1 alone, or an
 * expired one for both. `none`: it offers no encryption.
 */
export type ServerCertificate = 'localhost' | 'address' | 'expired' | 'none'

const folderOfAll = join(import.meta.dirname, 'certificates')

/** Files in PEM: who signed all of these certificates, and one who has signed none. */
export const authorityPath = join(folderOfAll, 'authority.pem')
export const strangerPath = join(folderOfAll, 'stranger.pem')
export const authority = readFileSync(authorityPath, 'utf8')
export const stranger = readFileSync(strangerPath, 'utf8')

/** Lays the certificate into the server's own folder; returns the flags that name it. */
export function layCertificate(folder: string, certificate: Exclude<ServerCertificate, 'none'>): string[] {
  const lay = (source: string, name: string) => {
    const path = join(folder, name)
    copyFileSync(join(folderOfAll, source), path)
    return path
  }
  return [
    `--ssl-ca=${lay('authority.pem', 'authority.pem')}`,
    `--ssl-cert=${lay(`${certificate}.pem`, 'certificate.pem')}`,
    `--ssl-key=${lay('not-a-secret.key', 'certificate.key')}`,
  ]
}
