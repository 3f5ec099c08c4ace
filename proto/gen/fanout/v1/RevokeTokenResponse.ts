
export interface RevokeTokenResponse {
}

export interface RevokeTokenResponse__Output {
}
