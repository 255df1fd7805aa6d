"""A spider as Scrapy's own tutorial has it: every link of every page below one domain."""
import scrapy


class Sites(scrapy.Spider):
    name = "sites"
    custom_settings = {"ROBOTSTXT_OBEY": True, "TELNETCONSOLE_ENABLED": False, "CONCURRENT_REQUESTS": 4}

    def __init__(self, zone, **rest):
        super().__init__(**rest)
        self.allowed_domains = [zone]
        self.start_urls = [f"http://s00.{zone}/"]

    def parse(self, response):
        yield from response.follow_all(css="a", callback=self.parse)
