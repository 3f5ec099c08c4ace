
export interface KeepSessionResponse {
}

export interface KeepSessionResponse__Output {
}
