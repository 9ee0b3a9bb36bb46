"""A day in a company, as the screenshots show it: people, what they said and when, in English and in Chinese.

`english` and `chinese` are what was said; `shapes` how that is written down; `pictures` draws faces and photographs;
`make` lets it happen, through the services, on a clock that is moved; `stopped_clock` is the node on which it stays
that moment for ever.
"""
