#!/usr/bin/python3
"""requests-retry.py URL TOTAL BACKOFF EVERY_S: gets the page by requests with urllib3's Retry, and again some time after each end."""
import sys
import time

import requests
from requests.adapters import HTTPAdapter
from urllib3.util.retry import Retry


def main(url, total, backoff, every):
    while True:
        session = requests.Session()
        session.mount("http://", HTTPAdapter(max_retries=Retry(total=int(total), backoff_factor=float(backoff))))
        try:
            session.get(url, timeout=20)
        except requests.RequestException as error:
            print(time.time(), type(error).__name__, flush=True)
        time.sleep(float(every))


main(*sys.argv[1:])
