#!/usr/bin/python3
"""job.py PERIOD_S JITTER_S URL: gets a page every so often, by APScheduler's interval trigger with jitter."""
import sys
import urllib.request

from apscheduler.schedulers.blocking import BlockingScheduler


def get(url):
    urllib.request.urlopen(url, timeout=20).read()


scheduler = BlockingScheduler(timezone="UTC")
scheduler.add_job(get, "interval", seconds=float(sys.argv[1]), jitter=float(sys.argv[2]), args=[sys.argv[3]], misfire_grace_time=3600)
scheduler.start()
