export type Role = 'runtime' | 'client' | 'admin';

/** A token without its text. */
export interface Token {
  readonly tokenId: string;
  readonly namespace: string;
  readonly role: Role;
  readonly createdAt: number;
  readonly expiresAt?: number;
}
