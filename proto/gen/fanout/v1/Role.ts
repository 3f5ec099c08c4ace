export const Role = {
  ROLE_UNSPECIFIED: 'ROLE_UNSPECIFIED',
  ROLE_RUNTIME: 'ROLE_RUNTIME',
  ROLE_CLIENT: 'ROLE_CLIENT',
  ROLE_ADMIN: 'ROLE_ADMIN',
} as const;

export type Role =
  | 'ROLE_UNSPECIFIED'
  | 0
  | 'ROLE_RUNTIME'
  | 1
  | 'ROLE_CLIENT'
  | 2
  | 'ROLE_ADMIN'
  | 3

export type Role__Output = typeof Role[keyof typeof Role]
