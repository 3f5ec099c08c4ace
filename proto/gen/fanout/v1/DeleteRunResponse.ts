
export interface DeleteRunResponse {
}

export interface DeleteRunResponse__Output {
}
