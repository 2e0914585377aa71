"""A Conpeek server: requests of voice campaigns, below /voice_campaign/ and /voice_campaign_request_summary.

Parts: `routes` (the methods), `api` (key, errors), `handlers` (what each method checks and answers), `filters`,
`state` (campaigns and their requests), `control` (the private prefix), `seed`.
"""
